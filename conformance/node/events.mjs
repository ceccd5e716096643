// The EventSource of npm `eventsource`, as browsers have it: writes down what it hears, one JSON object a line.
import { EventSource } from "eventsource";

const source = new EventSource(process.argv[2]);
const say = (said) => process.stdout.write(`${JSON.stringify(said)}\n`);
source.onopen = () => say({ open: true });
source.onmessage = (event) => say({ id: event.lastEventId, data: JSON.parse(event.data) });
