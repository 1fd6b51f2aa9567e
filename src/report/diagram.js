// Draws the space-time diagram (diagram.h) as plain SVG, because chart libraries do not draw lanes
// and arrows, and an SVG library would only wrap createElementNS. page.js calls spaceTime().
'use strict';
function spaceTime(diagram, colors, time) {
  const lane = 56, left = 44, top = 34;
  const svgElement = (tag, attributes, parent) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (parent) parent.append(element);
    return element;
  };
  const arrows = diagram.arrows.map(([from, to, sent, handled, message, ballot, sentence]) =>
    ({ from, to, sent, handled, message, ballot, sentence }));
  const marks = diagram.marks.map(([node, at, event, ballot, round, sentence, knowledge]) =>
    ({ node, at, event, ballot, round, sentence, knowledge }));

  // Time is not drawn to scale. Events that are close in time are drawn apart, and long pauses are
  // shortened.
  const times = [...new Set(marks.map(({ at }) => at))].sort((a, b) => a - b);
  const gaps = times.slice(1).map((at, i) => at - times[i]);
  const usual = [...gaps].sort((a, b) => a - b)[gaps.length >> 1] || 1;
  const places = new Map();
  let place = left + 12;
  times.forEach((at, i) => {
    if (i > 0) place += Math.min(Math.max(18 * gaps[i - 1] / usual, 9), 54);
    places.set(at, place);
  });
  const x = (at) => places.get(at);
  const y = (node) => node < 0 ? top - 8 : top + lane * (node + 0.5);
  const width = place + 24, height = top + lane * diagram.nodes + 6;

  const ballots = [...new Set(marks.map(({ ballot }) => ballot).filter((ballot) => ballot))];
  const color = (ballot) => ballot ? colors[ballots.indexOf(ballot) % colors.length]
    : 'var(--soft)';
  const svg = svgElement('svg', { width, height, viewBox: `0 0 ${width} ${height}`, tabindex: 0,
    role: 'img', 'aria-label': 'Space-time diagram. The arrow keys go through the events.' });
  const heads = svgElement('defs', {}, svg);
  ballots.slice(0, colors.length).forEach((ballot, i) => {
    const head = svgElement('marker', { id: `head${i}`, viewBox: '0 0 8 8', refX: 7, refY: 4,
      markerWidth: 7, markerHeight: 7, orient: 'auto' }, heads);
    svgElement('path', { d: 'M0 0L8 4L0 8z', fill: colors[i] }, head);
  });
  for (let node = 0; node < diagram.nodes; ++node) {
    svgElement('line', { x1: left, x2: width, y1: y(node), y2: y(node), stroke: 'var(--line)',
      'stroke-width': 2 }, svg);
    svgElement('text', { x: 8, y: y(node) + 5, fill: 'var(--text)' }, svg).textContent = `n${node}`;
  }
  let round = -1;
  for (const mark of marks) {
    if (mark.node < 0 || mark.round <= round) continue;
    round = mark.round;
    svgElement('line', { x1: x(mark.at), x2: x(mark.at), y1: 18, y2: height,
      stroke: 'var(--line)', 'stroke-dasharray': '2 4' }, svg);
    svgElement('text', { x: x(mark.at), y: 13, fill: 'var(--soft)', class: 'small' }, svg)
      .textContent = `round ${round}, ${time(mark.at)}`;
  }
  for (const { at } of marks.filter(({ node }) => node < 0))
    svgElement('line', { x1: x(at), x2: x(at), y1: y(-1), y2: height, stroke: 'var(--bad)',
      'stroke-dasharray': '2 4' }, svg);
  for (const arrow of arrows) {
    const lost = arrow.handled === null;
    const from = [x(arrow.sent), y(arrow.from)];
    const to = lost ? [from[0] + 10, from[1] + (y(arrow.to) - from[1]) * 0.4]
      : [x(arrow.handled), y(arrow.to)];
    const line = svgElement('line', { x1: from[0], y1: from[1], x2: to[0], y2: to[1],
      stroke: color(arrow.ballot), 'stroke-width': 1.5, class: 'arrow' }, svg);
    if (lost) line.setAttribute('stroke-dasharray', '3 3');
    else if (arrow.ballot)
      line.setAttribute('marker-end', `url(#head${ballots.indexOf(arrow.ballot) % colors.length})`);
    svgElement('title', {}, line).textContent = `n${arrow.from}: ${arrow.sentence}` +
      (lost ? ' (lost, or it changed nothing)' : '');
  }

  const description = document.createElement('p');
  description.className = 'description';
  description.setAttribute('aria-live', 'polite');
  let selected = -1;
  const points = marks.map((mark, i) => {
    const decides = mark.event === 'quorum_accepted' || mark.event === 'learned';
    const point = svgElement('circle', { cx: x(mark.at), cy: y(mark.node), r: decides ? 6 : 4,
      fill: mark.node < 0 ? 'var(--bad)' : decides ? 'var(--good)' : color(mark.ballot),
      class: 'event' }, svg);
    for (const type of ['pointerenter', 'click'])
      point.addEventListener(type, () => select(i));
    return point;
  });
  function select(index) {
    if (selected >= 0) points[selected].classList.remove('selected');
    selected = index;
    const { node, at, sentence, knowledge, round: of } = marks[index];
    points[index].classList.add('selected');
    description.textContent = node < 0 ? `${time(at)}: ${sentence}\n `
      : `${time(at)} n${node}: ${sentence}\nknows about round ${of}: ${knowledge}`;
  }
  svg.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || marks.length === 0) return;
    event.preventDefault();
    select(Math.min(Math.max(selected + step, 0), marks.length - 1));
    points[selected].scrollIntoView({ block: 'nearest', inline: 'nearest' });
  });
  description.textContent =
    'Point at an event or use the arrow keys to read what its node knew at that time.\n ';
  return { svg, description, ballots, color };
}
