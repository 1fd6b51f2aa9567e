// Draws the pictures of the report from the data in the page. For tests, `data-pictures` of the
// body counts the pictures, and `data-errors` the uncaught errors.
'use strict';
(() => {
  const results = JSON.parse(document.getElementById('data').textContent);
  const body = document.body.dataset;
  body.pictures = 0;
  body.errors = 0;
  window.addEventListener('error', () => { body.errors = Number(body.errors) + 1; });

  // Based on the palette of Okabe and Ito. People with any kind of colour vision can distinguish
  // its colours, on light and on dark pages.
  const colors = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#8c7ae6',
    '#7f8c8d'];
  const dashes = [[], [6, 4], [2, 3], [9, 3, 2, 3], [14, 4], [2, 8],
    [9, 3, 2, 3, 2, 3], [14, 4, 6, 4]];
  const several = results.length > 1;
  // Names a file by the last part of its path, unless two files have the same last part.
  const lasts = results.map((result) => result.name.split('/').pop());
  if (new Set(lasts).size === lasts.length)
    results.forEach((result, r) => { result.name = lasts[r]; });
  const name = (result, row) => several ? `${result.name}: ${row.label}` : row.label;

  // The functions below format figures as src/measure/text.cpp does, so that the tables and the
  // charts show the same texts.
  const scaled = (value, units, whole) => {
    let unit = 0;
    for (; unit + 1 < units.length && value >= 999.5; ++unit) value /= 1000;
    const digits = value >= 99.95 || (whole && unit === 0) ? 0 : value >= 9.995 ? 1 : 2;
    return value.toFixed(digits) + units[unit];
  };
  const time = (ns) => scaled(ns, ['ns', 'us', 'ms', 's'], true);
  const rate = (perSecond) => scaled(perSecond, ['', 'k', 'M', 'G'], perSecond >= 9.995) + '/s';
  const percentile = (place) => {
    const percent = 100 * (1 - 1 / place);
    return `p${+percent.toFixed(place < 1000 ? 1 : Math.ceil(Math.log10(place)))}`;
  };

  const style = (property) => getComputedStyle(document.documentElement).getPropertyValue(property);
  const charts = [];

  function axis(title, format, more) {
    return Object.assign({
      title: { display: true, text: title, color: style('--soft') },
      grid: { color: style('--line') },
      ticks: { color: style('--soft'), callback: format, maxRotation: 0, autoSkip: true },
    }, more);
  }

  // A logarithmic axis with labels at 1, 10, ..., and also at 2, 5, 20, ... if it spans less than
  // two powers of ten.
  function logarithmic(title, format, more) {
    return axis(title, format, Object.assign({
      type: 'logarithmic',
      // Leaves space to draw whole points at the edges.
      afterDataLimits: (scale) => { scale.min /= 1.2; scale.max *= 1.2; },
      afterBuildTicks: (scale) => {
        const steps = scale.max / scale.min < 100 ? [1, 2, 5] : [1];
        scale.ticks = [];
        for (let power = Math.floor(Math.log10(scale.min)); 10 ** power <= scale.max; ++power)
          for (const step of steps)
            if (step * 10 ** power >= scale.min && step * 10 ** power <= scale.max)
              scale.ticks.push({ value: step * 10 ** power });
      },
    }, more));
  }

  function table(datasets, head, cells) {
    const details = document.createElement('details');
    const summary = document.createElement('summary');
    summary.textContent = 'Figures';
    const box = document.createElement('div');
    const list = document.createElement('table');
    const add = (tag, texts) => {
      const line = list.insertRow();
      for (const text of texts) {
        const cell = document.createElement(tag);
        cell.textContent = text;
        line.append(cell);
      }
    };
    add('th', head);
    for (const dataset of datasets) for (const texts of cells(dataset)) add('td', texts);
    box.append(list);
    details.append(summary, box);
    return details;
  }

  // Makes a legend of buttons, because the keyboard cannot reach the legend of the library.
  function legend(chart) {
    const list = document.createElement('div');
    list.className = 'legend';
    chart.data.datasets.forEach((dataset, index) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.setAttribute('aria-pressed', 'true');
      const mark = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
      const line = document.createElementNS('http://www.w3.org/2000/svg', 'line');
      for (const [key, value] of Object.entries({ x1: 0, x2: '100%', y1: '50%', y2: '50%',
        stroke: dataset.borderColor, 'stroke-width': 3,
        'stroke-dasharray': dataset.borderDash.join(' ') })) line.setAttribute(key, value);
      mark.append(line);
      button.append(mark, dataset.label);
      button.addEventListener('click', () => {
        const visible = !chart.isDatasetVisible(index);
        chart.setDatasetVisibility(index, visible);
        button.setAttribute('aria-pressed', String(visible));
        chart.update();
      });
      list.append(button);
    });
    return list;
  }

  // Draws a vertical line with a text for each [x, text] of `events`.
  const marks = (events) => ({
    id: 'marks',
    afterDatasetsDraw: ({ ctx, chartArea, scales }) => {
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = style('--bad');
      ctx.font = '11px sans-serif';
      let last = -Infinity;  // The position of the last text at the bottom.
      for (const [x, text] of events) {
        const at = scales.x.getPixelForValue(x);
        if (at < chartArea.left || at > chartArea.right) continue;
        ctx.beginPath();
        ctx.moveTo(at, chartArea.top);
        ctx.lineTo(at, chartArea.bottom);
        ctx.stroke();
        ctx.save();
        // A text that would overlap the last text at the bottom goes to the top.
        const isFree = at - last >= 12;
        if (isFree) last = at;
        ctx.translate(at - 3, isFree ? chartArea.bottom - 4 : chartArea.top + 4);
        ctx.textAlign = isFree ? 'left' : 'right';
        ctx.rotate(-Math.PI / 2);
        ctx.fillText(text, 0, 0);
        ctx.restore();
      }
      ctx.restore();
    },
  });

  function picture(title, text, type, data, scales, point, figures, plugins = []) {
    data.datasets = data.datasets.filter((dataset) => dataset.data.length > 0);
    if (data.datasets.length === 0) return;
    const figure = document.createElement('figure');
    const caption = document.createElement('figcaption');
    caption.textContent = title;
    const note = document.createElement('p');
    note.textContent = text;
    const plot = document.createElement('div');
    plot.className = 'plot';
    const canvas = document.createElement('canvas');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `${title}. ${text}`);
    plot.append(canvas);
    figure.append(caption, note, plot);
    document.getElementById('pictures').append(figure);
    const chart = new Chart(canvas, {
      type, data, plugins,
      options: {
        animation: false, maintainAspectRatio: false, scales: scales(),
        interaction: { mode: 'nearest', intersect: false },
        plugins: { legend: { display: false }, tooltip: { callbacks: { label: point,
          title: () => '' } } },
      },
    });
    figure.append(legend(chart), figures);
    charts.push([chart, scales]);
    body.pictures = Number(body.pictures) + 1;
  }

  const stroke = (index, dash = 0) => ({
    borderColor: colors[index % colors.length], backgroundColor: colors[index % colors.length],
    borderWidth: 2, borderDash: dashes[dash % dashes.length],
  });
  const rows = results.flatMap((result, r) => result.rows.map((row, i) => [result, row, r, i]));

  function percentiles() {
    const datasets = rows.map(([result, row, r, i], index) => Object.assign(
      { label: name(result, row), data: row.percentiles.map(([x, y]) => ({ x, y })), pointRadius: 0,
        stepped: 'before' }, stroke(several ? r : index, several ? i : 0)));
    picture('Latency by percentile', 'Each curve ends where fewer than ten samples lie above it.',
      'line', { datasets }, () => ({
        x: logarithmic('percentile', percentile, { min: 1, afterDataLimits: undefined,
          afterBuildTicks: (scale) => {
            scale.ticks = [2, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7].filter((v) => v <= scale.max)
              .map((value) => ({ value }));
          } }),
        y: logarithmic('latency', time),
      }), (item) => `${item.dataset.label}: ${percentile(item.raw.x)} ${time(item.raw.y)}`,
      table(datasets, ['load', 'percentile', 'latency'], (dataset) =>
        dataset.data.map(({ x, y }) => [dataset.label, percentile(x), time(y)])));
  }

  function load() {
    const points = (result, key) => result.rows.filter((row) => row.rate && row[key])
      .map((row) => ({ x: row.rate, y: row[key], label: row.label })).sort((a, b) => a.x - b.x);
    const label = (result, text) => several ? `${result.name}: ${text}` : text;
    const datasets = results.flatMap((result, r) =>
      [...new Set(['p50', 'p99', result.knee?.percentile ?? 'p99'])].map((key, k) => Object.assign(
        { label: label(result, key.replace('_', '.')), data: points(result, key), pointRadius: 4 },
        stroke(several ? r : k, several ? k : 0))));
    results.forEach((result, r) => {
      if (!result.floorRate || !result.floorRound) return;
      datasets.push(Object.assign({
        label: label(result, 'bare UDP'),
        data: [{ x: 1e9 / result.floorRound, y: result.floorRound, label: 'one at a time' },
          { x: result.floorRate, y: result.floorRound, label: 'pipelined (rate); one at a time (latency)' }],
        pointRadius: 4, pointStyle: 'triangle',
      }, stroke(several ? r : 7, 2)));
    });
    results.forEach((result, r) => {
      const { knee, rows } = result;
      if (!knee) return;
      const rates = rows.filter((row) => row.rate).map((row) => row.rate);
      datasets.push(Object.assign({
        label: label(result, knee.objective), pointRadius: 0,
        data: [Math.min(...rates), Math.max(...rates)].map(
          (x) => ({ x, y: knee.limit, label: 'limit' })),
      }, stroke(several ? r : 5, 1)));
      const row = rows[knee.row];
      if (row) datasets.push(Object.assign({
        label: label(result, 'knee'), pointRadius: 9, pointStyle: 'rectRot',
        data: [{ x: row.rate, y: row[knee.percentile], label: row.label }],
      }, stroke(several ? r : 5)));
    });
    picture('Latency against throughput',
      'Down and to the right is better. Bare UDP: the same datagrams without Paxos.' +
      (results.some(({ knee }) => knee)
        ? ' Knee: the highest rate that meets the objective.' : ''),
      'line', { datasets }, () => ({
        x: logarithmic('decisions per second', rate),
        y: logarithmic('latency', time),
      }), ({ dataset, raw }) => `${dataset.label}, ${raw.label}: ${rate(raw.x)}, ${time(raw.y)}`,
      table(datasets, ['figure', 'load', 'rate', 'latency'], (dataset) =>
        dataset.data.map((point) => [dataset.label, point.label, rate(point.x), time(point.y)])));
  }

  function repetitions() {
    // Draws this chart only if a row has several repetitions, because one repetition shows no
    // spread.
    if (rows.every(([, row]) => row.rates.length < 2)) return;
    const datasets = rows.map(([result, row, r, i], index) => Object.assign(
      { label: name(result, row), data: row.rates.map((y, x) => ({ x: x + 1, y })),
        pointRadius: 4 },
      stroke(several ? r : index, several ? i : 0), { borderWidth: 1 }));
    picture('Rate of each run', 'How steady the machine was. Each run starts a new cluster.',
      'line', { datasets }, () => ({
        x: axis('run', undefined, {
          type: 'linear', ticks: { color: style('--soft'), stepSize: 1 } }),
        y: logarithmic('decisions per second', rate),
      }), (item) => `${item.dataset.label}, run ${item.raw.x}: ${rate(item.raw.y)}`,
      table(datasets, ['load', 'run', 'rate'], (dataset) =>
        dataset.data.map(({ x, y }) => [dataset.label, x, rate(y)])));
  }

  function cpu() {
    const datasets = rows.map(([result, row, r, i], index) => Object.assign(
      { label: name(result, row), pointRadius: 4,
        data: row.cpu.map((y, x) => ({ x, y })).filter(({ y }) => y > 0) },
      stroke(several ? r : index, several ? i : 0), { borderWidth: 1 }));
    const isAbsent = rows.some(([, row]) => row.cpu.some((y) => !(y > 0)));
    picture('CPU time for a decision, by node', 'The mean of all runs.' +
      (isAbsent ? ' A node without a point ended before it could report its time.' : ''), 'line',
      { datasets }, () => ({
      x: axis('node', undefined, { type: 'linear', suggestedMin: 0,
        ticks: { color: style('--soft'), stepSize: 1, callback: (value) => `n${value}` } }),
      y: logarithmic('CPU time', time),
    }), (item) => `${item.dataset.label}, n${item.raw.x}: ${time(item.raw.y)}`,
    table(datasets, ['load', 'node', 'CPU time'], (dataset) =>
      dataset.data.map(({ x, y }) => [dataset.label, `n${x}`, time(y)])));
  }

  // The start of each run on the time axis, in ns. On this axis the runs of a result follow one
  // another.
  function beginnings(result) {
    const begins = new Map();
    let end = 0;
    const slices = result.rows.flatMap((row) => row.slices);
    for (const run of [...new Set(slices.map((slice) => slice[0]))].sort((a, b) => a - b)) {
      begins.set(run, end);
      end += Math.max(...slices.filter((slice) => slice[0] === run).map((slice) => slice[2]));
    }
    return begins;
  }

  // Draws each slice as a horizontal line. The line is interrupted between runs and where y is
  // missing.
  function sliceLine(result, row, figure) {
    const begins = beginnings(result);
    const points = [];
    let before = null;
    for (const slice of row.slices) {
      const [run, begin, end] = slice;
      const y = figure(slice);
      if (before !== run) points.push({ x: NaN, y: NaN });
      before = run;
      if (!(y > 0)) points.push({ x: NaN, y: NaN });
      else for (const x of [begin, end]) points.push({ x: (begins.get(run) + x) / 1e9, y, slice });
    }
    return points.some(({ slice }) => slice) ? points : [];
  }

  const sliceRate = ([, begin, end, decisions]) => 1e9 * decisions / (end - begin);
  const orNone = (value, format) => value === null ? 'n/a' : format(value);

  function series() {
    const events = results.flatMap((result) => {
      const begins = beginnings(result);
      return result.events.filter(([run]) => begins.has(run))
        .map(([run, at, text]) => [(begins.get(run) + at) / 1e9,
          several ? `${result.name}: ${text}` : text]);
    });
    const x = () => axis('time, the runs one after another', (value) => `${+value.toFixed(3)}s`,
      { type: 'linear', min: 0, bounds: 'data',
        // Removes the tick at the end of the axis if its label would touch the one before it.
        afterBuildTicks: ({ ticks }) => {
          const [from, to] = ticks.slice(-2);
          if (ticks.length > 2 && to.value - from.value < 0.7 * ticks[1].value) ticks.pop();
        } });
    const rates = rows.map(([result, row, r, i], index) => Object.assign(
      { label: name(result, row), row, data: sliceLine(result, row, sliceRate), pointRadius: 0 },
      stroke(several ? r : index, several ? i : 0)));
    const note = 'A line for each slice of time. In a gap nothing was decided.' +
      (events.length > 0 ? ' Red: events of nodes, such as a death.' : '');
    const place = ({ slice: [run, begin, end] }) =>
      `run ${run + 1}, ${time(begin)} to ${time(end)}`;
    picture('Rate over time', note, 'line', { datasets: rates }, () => ({
      x: x(), y: logarithmic('decisions per second', rate),
    }), ({ dataset, raw }) => `${dataset.label}, ${place(raw)}: ${rate(raw.y)}`,
    table(rates, ['load', 'run', 'from', 'to', 'decisions', 'rate', 'p50', 'p99'],
      ({ label, row }) => row.slices.map((slice) => [label, slice[0] + 1, time(slice[1]),
        time(slice[2]), slice[3], rate(sliceRate(slice)), orNone(slice[4], time),
        orNone(slice[5], time)])), [marks(events)]);

    const latencies = rows.flatMap(([result, row, r, i], index) => ['p50', 'p99'].map((key, k) =>
      Object.assign({ label: `${name(result, row)}: ${key}`, pointRadius: 0,
        data: sliceLine(result, row, (slice) => slice[4 + k]) },
      stroke(several ? r : index, several ? 2 * i + k : k))));
    const happened = results.flatMap((result) => result.events.map(([run, at, text]) =>
      [several ? `${result.name}: ${text}` : text, run + 1, time(at)]));
    picture('Latency over time', note, 'line', { datasets: latencies }, () => ({
      x: x(), y: logarithmic('latency', time),
    }), ({ dataset, raw }) => `${dataset.label}, ${place(raw)}: ${time(raw.y)}`,
    table([happened], ['event', 'run', 'at'], (lines) => lines), [marks(events)]);
  }

  function diagrams() {
    for (const result of results) {
      const { diagram } = result;
      if (!diagram) continue;
      const figure = document.createElement('figure');
      figure.className = 'diagram';
      const caption = document.createElement('figcaption');
      caption.textContent = several ? `${result.name}: the messages of the log`
        : 'The messages of the log';
      const note = document.createElement('p');
      note.textContent = 'Time to the right, not to scale. An arrow ends where its receiver ' +
        'first acts on the message. A dashed message was lost or changed nothing. Large points: ' +
        'decided.' +
        (diagram.marks.length < diagram.events
          ? ` The first ${diagram.marks.length} of ${diagram.events} events.` : '') +
        (diagram.marks.some(([node]) => node < 0) ? ' Red: faults, and their ends.' : '');
      const { svg, description, ballots, color } = spaceTime(diagram, colors, time);
      const box = document.createElement('div');
      box.className = 'scroll';
      box.append(svg);
      const key = document.createElement('p');
      for (const ballot of ballots) {
        const mark = document.createElement('span');
        mark.style.color = color(ballot);
        mark.textContent = '\u25cf ';
        key.append(mark, `ballot ${ballot}  `);
      }
      figure.append(caption, note, key, box, description, table([diagram.marks],
        ['time', 'node', 'round', 'event', 'knows of the round'], (marks) => marks.map(
          ([node, at, , , round, sentence, knowledge]) => node < 0
            ? [time(at), '', '', sentence, '']
            : [time(at), `n${node}`, round, sentence, knowledge])));
      document.getElementById('pictures').append(figure);
      body.pictures = Number(body.pictures) + 1;
    }
  }

  for (const draw of [diagrams, percentiles, load, series, repetitions, cpu]) draw();

  const redraw = () => charts.forEach(([chart, scales]) => {
    chart.options.scales = scales();
    chart.resize();
    chart.update();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  const root = document.documentElement.dataset;
  window.addEventListener('beforeprint', () => { root.print = ''; redraw(); });
  window.addEventListener('afterprint', () => { delete root.print; redraw(); });
})();
