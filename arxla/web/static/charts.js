// Lines and dots that grow, in the geometry of the report's charts.

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [560, 300, 62, 18, 14, 46];

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function roundTicks(low, high, about = 5) {
  if (!(high - low > 1e-9 * Math.max(Math.abs(low), Math.abs(high), 1e-12))) {
    const margin = Math.abs(low) * 0.1 || 1;
    [low, high] = [low - margin, high + margin];
  }
  const power = 10 ** Math.floor(Math.log10((high - low) / about));
  const far = (factor) => Math.abs((high - low) / (power * factor) - about);
  const step = power * [1, 2, 5, 10].reduce((best, factor) => (far(factor) < far(best) ? factor : best));
  const ticks = [];
  for (let at = Math.floor(low / step + 1e-9); at <= Math.ceil(high / step - 1e-9); at += 1) ticks.push(at * step);
  return { ticks, step };
}

function label(value, step) {
  if (value && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e6)) return value.toPrecision(3);
  return value.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}

const finite = (values) => values.filter((value) => typeof value === "number" && Number.isFinite(value));

// lines: [{points: [[x, y]], kind}], dots: [{x, y, kind, label}], names: {x, y, alt}
export function draw(svg, { lines = [], dots = [], names }) {
  const points = [...lines.flatMap((line) => line.points), ...dots.map((dot) => [dot.x, dot.y])];
  const ys = finite(points.map((point) => point[1]));
  const xs = finite(points.map((point) => point[0]));
  if (!ys.length) return false;
  const up = roundTicks(Math.min(...ys), Math.max(...ys));
  const [low, high] = [up.ticks[0], up.ticks[up.ticks.length - 1]];
  const [first, last] = [Math.min(1, ...xs), Math.max(2, ...xs)];
  const y = (value) => HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const x = (value) => LEFT + ((value - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  const made = [];
  for (const tick of up.ticks) {
    made.push(element("line", { class: "gridline", x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick) }));
    made.push(element("text", { x: LEFT - 8, y: y(tick) + 4, "text-anchor": "end" }, label(tick, up.step)));
  }
  const whole = [...new Set(roundTicks(first, last).ticks.map(Math.round))].filter((at) => at >= first && at <= last);
  for (const tick of whole) {
    made.push(element("text", { x: x(tick), y: HEIGHT - BOTTOM + 20, "text-anchor": "middle" }, String(tick)));
  }
  made.push(element("text", { x: 302, y: 295, "text-anchor": "middle" }, names.x));
  made.push(element("text", { transform: "translate(-2 134) rotate(-90)", "text-anchor": "middle" }, names.y));
  for (const line of lines) {
    let pen = "M";
    const path = line.points.map(([at, value]) => {
      if (!Number.isFinite(value)) { pen = "M"; return ""; }
      const piece = `${pen}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = "L";
      return piece;
    });
    made.push(element("path", { class: `line ${line.kind}`, d: path.join("") }));
  }
  for (const dot of dots.filter((one) => Number.isFinite(one.y))) {
    const circle = element("circle", { class: dot.kind, cx: x(dot.x), cy: y(dot.y), r: dot.kind === "best" ? 6.5 : 4.5 });
    circle.append(element("title", {}, dot.label));
    made.push(circle);
  }
  svg.replaceChildren(...made);
  svg.setAttribute("aria-label", names.alt);
  return true;
}
