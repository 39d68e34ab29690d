/**
 * Where the nodes of a storyline stand: layers from left to right, causes before effects, and within a layer near what they
 * come from. Time decides where causes do not. It is plain arithmetic: no page, no chance, the same every time.
 */

/** Of a node, and between them, in units of the drawing. */
export const size = { width: 168, height: 34, across: 232, down: 46 };

/**
 * @param {{first_seen: string | null}[]} nodes
 * @param {{from: number, to: number, time: string | null}[]} edges places in `nodes`
 * @returns {{x: number, y: number}[]} the middle of the left edge of each
 */
export function layers(nodes, edges) {
  const order = nodes.map((_, index) => index).sort((left, right) =>
    (nodes[left].first_seen ?? "9").localeCompare(nodes[right].first_seen ?? "9") || left - right);
  const into = nodes.map(() => []);
  const out = nodes.map(() => []);
  for (const { from, to } of edges) {
    if (from === to) continue;
    into[to].push(from);
    out[from].push(to);
  }
  const layer = depths(nodes.length, order, into, out);
  const columns = [];
  for (const node of order) (columns[layer[node]] ??= []).push(node);
  const place = new Array(nodes.length).fill(0);
  for (const column of columns) column?.forEach((node, index) => { place[node] = index; });
  for (let round = 0; round < 6; round += 1) {
    const isForth = round % 2 === 0;
    const all = isForth ? columns : [...columns].reverse();
    for (const column of all) if (column) settle(column, place, isForth ? into : out);
  }
  const tallest = Math.max(1, ...columns.map((column) => column?.length ?? 0));
  return nodes.map((_, node) => {
    const count = columns[layer[node]].length;
    return {
      x: layer[node] * size.across,
      y: (place[node] + (tallest - count) / 2) * size.down,
    };
  });
}

/** The longest way to each node. An edge that would close a circle does not count. */
function depths(count, order, into, out) {
  const depth = new Array(count).fill(0);
  const waits = into.map((list) => list.length);
  const isDone = new Array(count).fill(false);
  const ready = order.filter((node) => waits[node] === 0);
  let done = 0;
  let next = 0;
  while (done < count) {
    let node = ready.shift();
    if (node === undefined) {
      // Only circles are left: the earliest of them begins.
      while (isDone[order[next]]) next += 1;
      node = order[next];
    }
    if (isDone[node]) continue;
    isDone[node] = true;
    done += 1;
    for (const other of out[node]) {
      if (isDone[other]) continue;
      depth[other] = Math.max(depth[other], depth[node] + 1);
      waits[other] -= 1;
      if (waits[other] === 0) ready.push(other);
    }
  }
  return depth;
}

/** Orders one column by the middle of each node's neighbours. */
function settle(column, place, neighbours) {
  const middle = new Map(column.map((node) => {
    const list = neighbours[node];
    const sum = list.reduce((all, other) => all + place[other], 0);
    return [node, list.length ? sum / list.length : place[node]];
  }));
  column.sort((left, right) => middle.get(left) - middle.get(right) || place[left] - place[right]);
  column.forEach((node, index) => { place[node] = index; });
}

/** So many like nodes at the end of the same node are drawn as one. */
export const groupMin = 4;

/**
 * Draws leaves of one kind that come from the same node by the same reason as one, so that thirty ransom notes do not hide
 * the story. A group has `members`; those named in `open` (by their key) stay apart.
 */
export function grouped(nodes, edges, open = new Set()) {
  const degree = nodes.map(() => 0);
  for (const { from, to } of edges) {
    degree[from] += 1;
    degree[to] += 1;
  }
  const groups = new Map();
  for (const edge of edges) {
    if (degree[edge.to] !== 1) continue;
    const key = [nodes[edge.from].id, nodes[edge.to].kind, edge.reason].join("\u0000");
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(edge.to);
  }
  const drawn = [];
  const place = new Map();
  const isGrouped = new Set();
  for (const [key, members] of groups) {
    if (members.length < groupMin || open.has(key)) continue;
    members.forEach((member) => isGrouped.add(member));
  }
  nodes.forEach((node, index) => {
    if (isGrouped.has(index)) return;
    place.set(index, drawn.length);
    drawn.push(node);
  });
  for (const [key, members] of groups) {
    if (!isGrouped.has(members[0])) continue;
    const own = members.map((member) => nodes[member]);
    const times = own.map((node) => node.first_seen).filter(Boolean).sort();
    members.forEach((member) => place.set(member, drawn.length));
    drawn.push({
      ...own[0], id: key, key, members: own, first_seen: times[0] ?? null, facts: [],
      level: worst(own.map((node) => node.level)),
    });
  }
  const seen = new Set();
  const lines = [];
  for (const edge of edges) {
    const line = { ...edge, from: place.get(edge.from), to: place.get(edge.to) };
    const name = `${line.from} ${line.to} ${line.reason}`;
    if (seen.has(name)) continue;
    seen.add(name);
    lines.push(line);
  }
  return { nodes: drawn, edges: lines };
}

const levels = ["informational", "low", "medium", "high", "critical"];
const worst = (all) => levels[Math.max(...all.map((level) => levels.indexOf(level)))] ?? null;

/** With more edges than this a host, account or address is a hub: what everything touches explains nothing. */
export const hubEdges = 10;
/** What a process started is its story; only with more than this it is an agent or a scheduler. */
export const processHubEdges = 40;

/** What is left without hubs, and without what only they tied in. */
export function withoutHubs(nodes, edges) {
  const degree = nodes.map(() => 0);
  for (const { from, to } of edges) {
    degree[from] += 1;
    degree[to] += 1;
  }
  const isHub = (index) => degree[index]
    > (nodes[index].kind === "process" ? processHubEdges : hubEdges);
  const isTied = new Set(edges.filter(({ from, to }) => !isHub(from) && !isHub(to))
    .flatMap(({ from, to }) => [from, to]));
  const kept = nodes.map((_, index) => index)
    .filter((index) => isTied.has(index) || (degree[index] === 0));
  const place = new Map(kept.map((index, position) => [index, position]));
  return {
    nodes: kept.map((index) => nodes[index]),
    edges: edges.filter(({ from, to }) => place.has(from) && place.has(to))
      .map((edge) => ({ ...edge, from: place.get(edge.from), to: place.get(edge.to) })),
  };
}

/** The node nearest to `from` towards `dx`, `dy`; `from` itself where there is none. */
export function towards(places, from, dx, dy) {
  let best = from;
  let nearest = Infinity;
  places.forEach((place, index) => {
    if (index === from) return;
    const [x, y] = [place.x - places[from].x, place.y - places[from].y];
    const along = x * dx + y * dy;
    if (along <= 0) return;
    const across = Math.abs(x * dy - y * dx);
    const distance = along + 2 * across;
    if (distance < nearest) {
      nearest = distance;
      best = index;
    }
  });
  return best;
}
