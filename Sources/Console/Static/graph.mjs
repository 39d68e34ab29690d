/** Draws the storyline: pan, zoom, walk by keys, and say what is known of a node. */
import { ask } from "./ask.mjs";
import { grouped, layers, size, towards, withoutHubs } from "./layers.mjs";
import { local, utc } from "./time.mjs";
import { say } from "./words.mjs";

const space = "http://www.w3.org/2000/svg";
const signs = {
  host: "M-5-4h10v7h-10zM-2 6h4", process: "M-5-5h10v10h-10zM-2.5-2l2.5 2-2.5 2",
  user: "M0-5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M-5 6c0-3 2-5 5-5s5 2 5 5",
  session: "M-5 0h7M-1-4l4 4-4 4M5-5v10", address: "M0-6 6 0 0 6-6 0z",
  file: "M-4-6h5l3 3v9h-8zM1-6v3h3", domain: "M0-6a6 6 0 1 0 0 12A6 6 0 0 0 0-6M-6 0h12",
  "registry-key": "M-5-5h4v4h-4zM1-5h4v4h-4zM-5 1h4v4h-4zM1 1h4v4h-4z",
  service: "M0-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6M0-6v2M0 4v2M-6 0h2M4 0h2",
  "scheduled-task": "M0-6a6 6 0 1 0 0 12A6 6 0 0 0 0-6M0-3v3l2 2",
  "cloud-principal": "M-4 3a3 3 0 0 1 0-5 4 4 0 0 1 8 0 2.5 2.5 0 0 1 0 5z",
  "cloud-resource": "M-4 3a3 3 0 0 1 0-5 4 4 0 0 1 8 0 2.5 2.5 0 0 1 0 5zM-2 6h4",
};
const shapes = {
  critical: "-4,-6 4,-6 6,-4 6,4 4,6 -4,6 -6,4 -6,-4", high: "0,-6 6,5 -6,5",
  medium: "0,-6 6,0 0,6 -6,0", low: "-5,-5 5,-5 5,5 -5,5", informational: "-2,-2 2,-2 2,2 -2,2",
};

const make = (name, attributes, parent) => {
  const element = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent?.append(element);
  return element;
};

const kindOf = (node) => say(`kind${(node.kind ?? "").split("-").map((word) =>
  word.charAt(0).toUpperCase() + word.slice(1)).join("")}`) || (node.kind ?? "");

function short(text, count) {
  const letters = [...text];
  return letters.length > count ? `${letters.slice(0, count - 1).join("")}…` : text;
}

/** Below this scale nobody reads labels: blocks are drawn, one path for each level. */
const farScale = 0.4;
/** Chosen nodes have at most so many neighbours drawn out. */
const nearMax = 200;

/**
 * Only what is in sight is in the page, and all edges are one path, so that a story of thousands of nodes moves as one of ten.
 */
class Graph {
  constructor(canvas, side, story) {
    this.side = side;
    this.story = story;
    this.view = { x: 0, y: 0, scale: 1 };
    this.chosen = -1;
    this.open = new Set();
    this.svg = make("svg", { role: "application", tabindex: "0" }, canvas);
    this.svg.setAttribute("aria-label", document.querySelector("#in-words summary").textContent);
    this.world = make("g", {}, this.svg);
    this.lines = make("path", { class: "edges" }, this.world);
    this.blocks = make("g", { class: "blocks" }, this.world);
    this.boxes = make("g", { class: "boxes" }, this.world);
    this.top = make("g", { class: "top" }, this.world);
    this.listen();
  }

  // MARK: What is drawn

  show(isWithoutHubs) {
    this.isWithoutHubs = isWithoutHubs;
    this.arrange();
    this.home();
  }

  /** What the story goes back to, where it is drawn. */
  get start() {
    const root = this.story.nodes[this.story.root]?.id;
    return Math.max(0, this.nodes.findIndex((node) => node.id === root));
  }

  arrange() {
    const all = this.isWithoutHubs ? withoutHubs(this.story.nodes, this.story.edges) : this.story;
    const { nodes, edges } = grouped(all.nodes, all.edges, this.open);
    this.nodes = nodes;
    this.edges = edges;
    this.places = layers(nodes, edges);
    this.shown = new Map();
    this.boxes.replaceChildren();
    this.lines.setAttribute("d", edges.map((edge) => this.curve(edge)).join(""));
    this.drawBlocks();
    this.clear();
    this.place();
  }

  curve({ from, to }) {
    const [start, end] = [this.places[from], this.places[to]];
    const [x1, x2] = [start.x + size.width, end.x];
    const bend = Math.max(40, Math.abs(x2 - x1) / 2);
    return `M${x1} ${start.y}C${x1 + bend} ${start.y} ${x2 - bend} ${end.y} ${x2} ${end.y}`;
  }

  drawBlocks() {
    const paths = new Map();
    this.nodes.forEach((node, index) => {
      const { x, y } = this.places[index];
      const level = node.level ?? "none";
      paths.set(level, `${paths.get(level) ?? ""}M${x} ${y - 17}h${size.width}v34h-${size.width}z`);
    });
    this.blocks.replaceChildren();
    for (const [level, d] of paths) make("path", { class: `block level-${level}`, d }, this.blocks);
  }

  box(index, parent) {
    const node = this.nodes[index];
    const { x, y } = this.places[index];
    const level = node.level ? ` level-${node.level}` : "";
    const group = make("g", {
      class: `box${level}${node.members ? " many" : ""}`, transform: `translate(${x} ${y})`,
    }, parent);
    make("rect", { y: -size.height / 2, width: size.width, height: size.height, rx: 6 }, group);
    make("path", {
      class: "sign", d: signs[node.kind] ?? signs.process, transform: "translate(17 0)",
    }, group);
    const hasHost = node.host && node.kind !== "host";
    const label = make("text", { class: "label", x: 32, y: hasHost ? -2 : 4 }, group);
    label.textContent = node.members
      ? `${short(node.label, node.level ? 11 : 13)} +${node.members.length - 1}`
      : short(node.label, node.level ? 16 : 19);
    if (hasHost) {
      make("text", { class: "host", x: 32, y: 11 }, group).textContent = short(node.host, 22);
    }
    if (node.level) {
      make("polygon", {
        class: "mark-of", points: shapes[node.level], transform: `translate(${size.width - 12} 0)`,
      }, group);
    }
    return group;
  }

  /** Moves what there is, and draws what came into sight. */
  place() {
    const { x, y, scale } = this.view;
    this.world.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    const isFar = scale < farScale;
    this.blocks.style.display = isFar ? "" : "none";
    const [width, height] = [this.svg.clientWidth || 800, this.svg.clientHeight || 480];
    const [left, up] = [-x / scale - size.width - 40, -y / scale - 40];
    const [right, down] = [left + width / scale + size.width + 80, up + height / scale + 80];
    this.places.forEach((place, index) => {
      const isSeen = !isFar && place.x > left && place.x < right && place.y > up && place.y < down;
      const box = this.shown.get(index);
      if (isSeen && !box) this.shown.set(index, this.box(index, this.boxes));
      if (!isSeen && box) {
        box.remove();
        this.shown.delete(index);
      }
    });
  }

  fit() {
    const [width, height] = [this.svg.clientWidth || 800, this.svg.clientHeight || 480];
    const right = Math.max(...this.places.map((place) => place.x)) + size.width;
    const bottom = Math.max(...this.places.map((place) => place.y));
    const whole = Math.min(width / (right + 40), height / (bottom + size.height + 40));
    const scale = Math.min(1, Math.max(whole, 0.02));
    this.view = { scale, x: (width - right * scale) / 2, y: (height - bottom * scale) / 2 };
    this.place();
  }

  /** Large enough to be read, beginning where the story begins. */
  home() {
    this.fit();
    if (this.view.scale >= 0.7) return;
    const { x, y } = this.places[this.start];
    const scale = 0.8;
    const height = this.svg.clientHeight;
    const bottom = Math.max(...this.places.map((place) => place.y));
    const lowest = Math.min(30, height - 30 - bottom * scale);
    this.view = {
      scale, x: 24 - Math.min(x, size.across) * scale,
      y: Math.max(lowest, Math.min(30, height / 2 - y * scale)),
    };
    this.place();
  }

  zoom(factor, at) {
    const { width, height } = this.svg.getBoundingClientRect();
    const [x, y] = at ?? [width / 2, height / 2];
    const scale = Math.min(3, Math.max(0.02, this.view.scale * factor));
    const change = scale / this.view.scale;
    this.view = { scale, x: x - (x - this.view.x) * change, y: y - (y - this.view.y) * change };
    this.place();
  }

  // MARK: What is chosen

  choose(index, isCentred = false) {
    if (index < 0 || index >= this.nodes.length) return;
    this.chosen = index;
    this.world.setAttribute("class", "focused");
    this.top.replaceChildren();
    const own = this.edges.filter((edge) => edge.from === index || edge.to === index)
      .slice(0, nearMax);
    make("path", { class: "near", d: own.map((edge) => this.curve(edge)).join("") }, this.top);
    const near = new Set(own.flatMap((edge) => [edge.from, edge.to]));
    near.delete(index);
    for (const other of near) this.box(other, this.top);
    this.box(index, this.top).classList.add("chosen");
    if (isCentred) {
      const { x, y } = this.places[index];
      const { width, height } = this.svg.getBoundingClientRect();
      const scale = Math.max(this.view.scale, 0.7);
      this.view = { scale, x: width / 2 - (x + size.width / 2) * scale, y: height / 2 - y * scale };
      this.place();
    }
    this.tell(this.nodes[index], index);
  }

  /** A group that is chosen already opens. */
  press(index) {
    const node = this.nodes[index];
    if (!node?.members || index !== this.chosen) {
      this.choose(index);
      return;
    }
    this.open.add(node.key);
    this.arrange();
    this.choose(this.nodes.findIndex((other) => other.id === node.members[0].id), true);
  }

  clear() {
    this.chosen = -1;
    this.world.removeAttribute("class");
    this.top.replaceChildren();
  }

  /** The node at a point of the window; -1 where there is none. */
  at(clientX, clientY) {
    const { left, top } = this.svg.getBoundingClientRect();
    const x = (clientX - left - this.view.x) / this.view.scale;
    const y = (clientY - top - this.view.y) / this.view.scale;
    return this.places.findIndex((place) =>
      x >= place.x && x <= place.x + size.width && Math.abs(y - place.y) <= size.height / 2);
  }

  tell(node, index) {
    const parts = [];
    const add = (tag, text, className = "") => {
      const element = document.createElement(tag);
      element.textContent = text;
      element.className = className;
      parts.push(element);
      return element;
    };
    add("p", [kindOf(node), node.host].filter(Boolean).join(" · "), "soft");
    add("h2", node.label);
    if (node.level) {
      const level = add("p", "", `level level-${node.level}`);
      const mark = document.createElement("i");
      mark.className = "mark";
      level.append(mark, say(node.level));
    }
    const list = document.createElement("dl");
    list.className = "pairs";
    const pair = (name, value, title) => {
      const [term, text] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = name;
      text.textContent = value;
      if (title) text.title = title;
      list.append(term, text);
    };
    for (const [name, value] of [["firstSeen", node.first_seen], ["lastSeen", node.last_seen]]) {
      if (value) pair(say(name), local(new Date(value), "second"), utc(new Date(value)));
    }
    for (const member of node.members ?? []) pair(kindOf(member), member.label);
    for (const fact of node.facts) pair(fact.name, short(fact.value, 600));
    this.edges.filter((edge) => edge.from === index || edge.to === index).slice(0, 30).forEach((edge) => {
      const other = edge.from === index ? edge.to : edge.from;
      pair(edge.from === index ? `${edge.reason} →` : `← ${edge.reason}`, this.nodes[other].label);
    });
    parts.push(list);
    this.side.replaceChildren(...parts);
  }

  listen() {
    let drag = null;
    this.svg.addEventListener("pointerdown", (event) => {
      drag = { x: event.clientX, y: event.clientY, view: { ...this.view }, hasMoved: false };
      this.svg.setPointerCapture(event.pointerId);
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (!drag) return;
      const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
      drag.hasMoved ||= Math.abs(dx) + Math.abs(dy) > 4;
      this.view.x = drag.view.x + dx;
      this.view.y = drag.view.y + dy;
      this.place();
    });
    this.svg.addEventListener("pointerup", (event) => {
      const wasMoved = drag?.hasMoved;
      drag = null;
      if (wasMoved) return;
      const index = this.at(event.clientX, event.clientY);
      if (index >= 0) this.press(index);
      else this.clear();
    });
    this.svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      const { left, top } = this.svg.getBoundingClientRect();
      this.zoom(Math.exp(-event.deltaY / 400), [event.clientX - left, event.clientY - top]);
    }, { passive: false });
    const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    this.svg.addEventListener("keydown", (event) => {
      const way = ways[event.key];
      if (way) {
        this.choose(
          this.chosen < 0 ? this.start : towards(this.places, this.chosen, ...way), true);
      } else if (event.key === "Escape") this.clear();
      else if (event.key === "Enter" && this.chosen >= 0) this.press(this.chosen);
      else return;
      event.preventDefault();
    });
  }
}

export async function draw() {
  const section = document.querySelector("#graph");
  if (!section) return;
  const { value } = await ask(section.dataset.source);
  if (!value.nodes.length) return;
  section.hidden = false;
  document.querySelector("#in-words").open = false;
  const graph = new Graph(document.querySelector("#canvas"), document.querySelector("#node"), value);
  graph.show(false);
  const on = (id, act) => document.querySelector(id).addEventListener("click", act);
  on("#zoom-in", () => graph.zoom(1.25));
  on("#zoom-out", () => graph.zoom(0.8));
  on("#zoom-fit", () => graph.fit());
  on("#hide-hubs", (event) => {
    const isHiding = event.currentTarget.getAttribute("aria-pressed") !== "true";
    event.currentTarget.setAttribute("aria-pressed", String(isHiding));
    graph.show(isHiding);
  });
}

draw().catch((error) => {
  const place = document.querySelector("#canvas");
  if (place) place.textContent = `${say("loadFailed")} ${error.message}`;
});
