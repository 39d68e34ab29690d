import assert from "node:assert/strict";
import { test } from "node:test";
import { grouped, layers, size, towards, withoutHubs } from "../../../Sources/Console/Static/layers.mjs";

const node = (id, more = {}) => ({ id, kind: "process", label: id, first_seen: null, level: null, facts: [], ...more });
const edge = (from, to, reason = "spawned") => ({ from, to, reason, time: null });

test("an effect stands right of its cause", () => {
  const places = layers([node("c"), node("a"), node("b")], [edge(1, 2), edge(2, 0)]);
  assert.deepEqual(places.map((place) => place.x / size.across), [2, 0, 1]);
});

test("a circle ends, and begins with what came first", () => {
  const nodes = [node("b", { first_seen: "2026-01-02" }), node("a", { first_seen: "2026-01-01" })];
  const places = layers(nodes, [edge(0, 1), edge(1, 0), edge(0, 0)]);
  assert.deepEqual(places.map((place) => place.x / size.across), [1, 0]);
});

test("no two nodes stand in one place", () => {
  const nodes = Array.from({ length: 300 }, (_, index) => node(String(index)));
  const edges = nodes.slice(1).map((_, index) => edge(Math.floor(index / 3), index + 1));
  const places = layers(nodes, edges);
  assert.equal(new Set(places.map(({ x, y }) => `${x} ${y}`)).size, 300);
  assert.deepEqual(places, layers(nodes, edges));
});

test("like leaves are one group, which knows its members and the worst of their levels", () => {
  const nodes = [node("a"), ...["x", "y", "z", "w"].map((id) => node(id, { kind: "file", level: id === "z" ? "high" : "low" }))];
  const edges = [1, 2, 3, 4].map((to) => edge(0, to, "wrote"));
  const drawn = grouped(nodes, edges);
  assert.equal(drawn.nodes.length, 2);
  assert.deepEqual(drawn.nodes[1].members.map(({ id }) => id), ["x", "y", "z", "w"]);
  assert.equal(drawn.nodes[1].level, "high");
  assert.deepEqual(drawn.edges.map(({ from, to }) => [from, to]), [[0, 1]]);
  assert.equal(grouped(nodes, edges, new Set([drawn.nodes[1].key])).nodes.length, 5);
  assert.equal(grouped(nodes.slice(0, 4), edges.slice(0, 3)).nodes.length, 4);
});

test("hubs go with what only they tied in, and edges of what is left name their new places", () => {
  const nodes = [node("hub", { kind: "host" }), ...Array.from({ length: 12 }, (_, index) => node(String(index))), node("alone")];
  const edges = [...nodes.slice(1, 13).map((_, index) => edge(0, index + 1)), edge(1, 2)];
  const kept = withoutHubs(nodes, edges);
  assert.deepEqual(kept.nodes.map(({ id }) => id), ["0", "1", "alone"]);
  assert.deepEqual(kept.edges.map(({ from, to }) => [from, to]), [[0, 1]]);
});

test("a process that started a dozen others is no hub", () => {
  const nodes = Array.from({ length: 13 }, (_, index) => node(String(index)));
  const edges = nodes.slice(1).map((_, index) => edge(0, index + 1));
  assert.equal(withoutHubs(nodes, edges).nodes.length, 13);
});

test("arrow keys go to the nearest node on that side, and stay where there is none", () => {
  const places = [{ x: 0, y: 0 }, { x: 100, y: 10 }, { x: 200, y: 0 }, { x: 0, y: 50 }];
  assert.equal(towards(places, 0, 1, 0), 1);
  assert.equal(towards(places, 0, 0, 1), 3);
  assert.equal(towards(places, 0, -1, 0), 0);
});
