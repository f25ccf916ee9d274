// A server as an engineer writes it in fifteen minutes with Express: it works in the browser, and
// nobody has read the profile. It listens on the port of its first argument, 0 for a free one, and
// prints its base URL.
import { createServer } from "node:http";

const BASE = "/tmf-api/partyInteraction/v4/partyInteraction";
const records = new Map();
let nextId = 1;

function send(res, status, body) {
  res.writeHead(status, { "Content-Type": "application/json; charset=utf-8" });
  res.end(body === undefined ? "" : JSON.stringify(body));
}

function handle(req, res, text) {
  const url = new URL(req.url, "http://localhost");
  const path = url.pathname.replace(/\/$/, "");
  if (path === BASE && req.method === "GET") {
    let all = [...records.values()];
    for (const [key, value] of url.searchParams) {
      if (["fields", "limit", "offset", "sort"].includes(key)) continue;
      all = all.filter((record) => String(record[key]) === value);
    }
    return send(res, 200, all);
  }
  if (path === BASE && req.method === "POST") {
    const record = { ...JSON.parse(text), id: String(nextId++) };
    record.href = `/partyInteraction/${record.id}`;
    records.set(record.id, record);
    return send(res, 201, record);
  }
  if (path.startsWith(`${BASE}/`)) {
    const id = path.slice(BASE.length + 1);
    const record = records.get(id);
    if (!record) return send(res, 404, { error: "Not found" });
    if (req.method === "GET") return send(res, 200, record);
    if (req.method === "PATCH") {
      Object.assign(record, JSON.parse(text));
      return send(res, 200, record);
    }
    if (req.method === "DELETE") {
      records.delete(id);
      return send(res, 204);
    }
  }
  res.writeHead(404, { "Content-Type": "text/html; charset=utf-8" });
  res.end(`<!DOCTYPE html><pre>Cannot ${req.method} ${url.pathname}</pre>`);
}

const server = createServer((req, res) => {
  const chunks = [];
  req.on("data", (chunk) => chunks.push(chunk));
  req.on("end", () => {
    try {
      handle(req, res, Buffer.concat(chunks).toString());
    } catch (error) {
      // As Express does it with an error that nobody handles.
      const status = error instanceof SyntaxError ? 400 : 500;
      res.writeHead(status, { "Content-Type": "text/html; charset=utf-8" });
      res.end(`<!DOCTYPE html><pre>${error}</pre>`);
    }
  });
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/tmf-api/partyInteraction/v4/`);
});
