/**
 * Listens to the server for all tabs together. Browsers allow six connections to a server: with one
 * for each tab, the seventh would wait for ever.
 */

const ports = new Set();
let last = null;

function tell(news) {
  last = news;
  for (const port of ports) port.postMessage(news);
}

const events = new EventSource("../events");
events.onmessage = ({ data }) => tell(JSON.parse(data));
events.onerror = () => tell(null);

self.onconnect = ({ ports: [port] }) => {
  ports.add(port);
  port.onmessage = () => ports.delete(port); // its page is leaving
  if (last) port.postMessage(last);
};
