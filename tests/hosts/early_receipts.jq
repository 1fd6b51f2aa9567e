# Reads a result file with a log, and prints each event that stands before its cause in the log: an
# answer before its request, a quorum before its answers, the receipt of a late answer before its
# send, or the learning of a value before any node decided the value.
.paxos_fast.repetitions[0].trace as $log
| def is_before($i; $cause):
    any($log[:$i][];
      .event == $cause.event and .round == $log[$i].round
        and ($cause.event != "sent"
          or (.message == $cause.message and .node == $cause.node
            and .ballot == $log[$i].ballot)));
  def sent($message): {event: "sent", message: $message, node: .};
  def others: .node as $own | .nodes[] | select(. != $own);
range($log | length) as $i
| $log[$i] as $event
| ($event
    | if .event == "sent" and .message == "PROMISE" then .nodes[] | sent("PREPARE")
      elif .event == "sent" and .message == "ACCEPTED" then .nodes[] | sent("ACCEPT")
      elif .event == "quorum_promised" then others | sent("PROMISE")
      elif .event == "quorum_accepted" then others | sent("ACCEPTED")
      elif .event == "late" then .message as $message | .from | sent($message)
      elif .event == "learned" then {event: "quorum_accepted"}
      else empty
      end) as $cause
| select(is_before($i; $cause) | not)
| "n\($event.node): \($event.sentence), before n\($cause.node): \($cause.message // $cause.event)"
