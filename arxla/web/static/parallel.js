// Parallel coordinates: a trial is seen in the plot and in the table at once, and axes narrow what is shown.

const [TOP, BOTTOM] = [46, 314];

export function followParallel(svg) {
  if (!svg) return;
  const lines = [...svg.querySelectorAll(".run")];
  const rows = [...document.querySelectorAll(".trials tr[data-trial]")];
  const limits = document.querySelector("#limits");
  const kept = document.querySelector("#kept");
  const ranges = new Map();
  const placesOf = new Map(lines.map((line) => [line, line.dataset.places.split(",").map((text) => (text === "" ? null : Number(text)))]));

  function see(trial) {
    for (const one of [...lines, ...rows]) one.classList.toggle("seen", trial !== null && one.dataset.trial === trial);
  }

  function narrow() {
    let left = 0;
    const out = new Map();
    for (const line of lines) {
      const places = placesOf.get(line);
      const fits = [...ranges].every(([axis, [low, high]]) => places[axis] !== null && places[axis] >= low - 1e-6 && places[axis] <= high + 1e-6);
      line.classList.toggle("out", !fits);
      out.set(line.dataset.trial, !fits);
      left += fits ? 1 : 0;
    }
    for (const row of rows) row.classList.toggle("out", out.get(row.dataset.trial) === true);
    kept.textContent = ranges.size ? `${left} of ${lines.length} trials pass.` : "";
  }

  function limit(axis, low, high) {
    if (low <= 0 && high >= 1) ranges.delete(axis);
    else ranges.set(axis, [low, high]);
    const group = svg.querySelector(`.axis[data-axis="${axis}"]`);
    group.querySelector(".brush")?.remove();
    if (ranges.has(axis)) {
      const grab = group.querySelector(".grab");
      const brush = grab.cloneNode();
      brush.setAttribute("class", "brush");
      brush.setAttribute("y", BOTTOM - high * (BOTTOM - TOP));
      brush.setAttribute("height", Math.max(2, (high - low) * (BOTTOM - TOP)));
      group.insertBefore(brush, grab);
    }
    for (const input of limits.querySelectorAll(`[data-axis="${axis}"] input`)) {
      input.value = String(Math.round(100 * (input.dataset.end === "low" ? low : high)));
    }
    narrow();
  }

  const share = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return Math.min(1, Math.max(0, (BOTTOM - point.y) / (BOTTOM - TOP)));
  };
  for (const grab of svg.querySelectorAll(".grab")) {
    const axis = Number(grab.parentNode.dataset.axis);
    let start = null;
    grab.addEventListener("pointerdown", (event) => { start = share(event); grab.setPointerCapture(event.pointerId); });
    grab.addEventListener("pointermove", (event) => {
      if (start !== null && Math.abs(share(event) - start) > 0.02) limit(axis, Math.min(start, share(event)), Math.max(start, share(event)));
    });
    grab.addEventListener("pointerup", (event) => {
      if (start !== null && Math.abs(share(event) - start) <= 0.02) limit(axis, 0, 1);
      start = null;
    });
  }
  limits?.addEventListener("input", (event) => {
    const group = event.target.closest("fieldset");
    const [low, high] = [...group.querySelectorAll("input")].map((input) => Number(input.value) / 100);
    limit(Number(group.dataset.axis), Math.min(low, high), Math.max(low, high));
  });
  for (const one of [...lines, ...rows]) {
    one.addEventListener("pointerenter", () => see(one.dataset.trial));
    one.addEventListener("pointerleave", () => see(null));
  }
}
