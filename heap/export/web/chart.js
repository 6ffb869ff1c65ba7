// The chart of live bytes over time.
function drawChart() {
  const box = byId('chart');
  const samples = data.timeline;
  if (samples.length < 2) {
    byId('time').hidden = true;
    return;
  }
  const end = samples[samples.length - 1][0] || 1;
  const top = Math.max(data.peak, ...samples.map((s) => s[1]), 1);
  const height = 220, left = 62, right = 14, above = 16, below = 26;
  let at = -1, cursor, width;
  const x = (t) => left + (t / end) * (width - left - right);
  const y = (b) => above + (1 - b / (top * 1.06)) * (height - above - below);
  box.setAttribute('aria-label', 'Live memory from the start to ' + seconds(end) + '; peak ' + bytes(data.peak) + ' after ' + seconds(data.peakAt) + '. Arrow keys read single points.');

  function draw() {
    width = Math.max(box.clientWidth, 280);
    const g = svg('svg', { width, height, viewBox: '0 0 ' + width + ' ' + height, 'aria-hidden': 'true' });
    for (const v of ticks(top, 4)) {
      g.append(svg('line', { x1: left, x2: width - right, y1: y(v), y2: y(v), class: 'grid' }));
      g.append(svg('text', { x: left - 8, y: y(v) + 4, class: 'axis', 'text-anchor': 'end' }, v === 0 ? '0' : bytes(v)));
    }
    const every = ticks(end, Math.max(2, Math.floor(width / 160)));
    for (const t of every) {
      const anchor = x(t) > width - 40 ? 'end' : t === 0 ? 'start' : 'middle';
      g.append(svg('text', { x: x(t), y: height - 8, class: 'axis', 'text-anchor': anchor }, t === 0 ? '0' : seconds(t)));
    }
    const line = samples.map((s) => x(s[0]).toFixed(1) + ' ' + y(s[1]).toFixed(1)).join('L');
    g.append(svg('path', { d: 'M' + x(samples[0][0]) + ' ' + y(0) + 'L' + line + 'L' + x(end) + ' ' + y(0) + 'Z', class: 'area' }));
    g.append(svg('path', { d: 'M' + line, class: 'line' }));
    if (data.peak) {
      const px = Math.min(x(data.peakAt), width - right);
      const near = px > width - 170;
      g.append(svg('circle', { cx: px, cy: y(data.peak), r: 4, class: 'peak' }));
      g.append(svg('text', { x: px + (near ? -9 : 9), y: y(data.peak) + 4, class: 'peak-label', 'text-anchor': near ? 'end' : 'start' }, 'peak ' + bytes(data.peak)));
    }
    cursor = svg('g', { class: 'cursor', visibility: 'hidden' }, svg('line', { y1: above, y2: height - below }), svg('circle', { r: 4 }));
    g.append(cursor);
    box.replaceChildren(g);
    show(at);
  }

  function show(i) {
    at = i;
    cursor.setAttribute('visibility', i < 0 ? 'hidden' : 'visible');
    if (i < 0) {
      byId('time-at').textContent = '';
      return;
    }
    const [t, live, blocks] = samples[i];
    cursor.children[0].setAttribute('x1', x(t));
    cursor.children[0].setAttribute('x2', x(t));
    cursor.children[1].setAttribute('cx', x(t));
    cursor.children[1].setAttribute('cy', y(live));
    byId('time-at').textContent = bytes(live) + ' in ' + count(blocks) + ' blocks after ' + seconds(t);
  }

  box.addEventListener('pointermove', (e) => {
    const t = ((e.clientX - box.getBoundingClientRect().left - left) / (width - left - right)) * end;
    let best = 0;
    for (let i = 1; i < samples.length; i++) if (Math.abs(samples[i][0] - t) < Math.abs(samples[best][0] - t)) best = i;
    show(best);
  });
  box.addEventListener('pointerleave', () => show(-1));
  box.addEventListener('blur', () => show(-1));
  box.addEventListener('keydown', (e) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -Math.ceil(samples.length / 20), PageDown: Math.ceil(samples.length / 20) }[e.key];
    if (step) show(Math.min(samples.length - 1, Math.max(0, at + step)));
    else if (e.key === 'Home') show(0);
    else if (e.key === 'End') show(samples.length - 1);
    else return;
    e.preventDefault();
  });
  new ResizeObserver(draw).observe(box);
  draw();
}

// ticks are round numbers from 0 up to most.
function ticks(most, about) {
  const rough = most / about;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((m) => m * unit >= rough) * unit;
  const out = [];
  for (let v = 0; v <= most * 1.0001; v += step) out.push(v);
  return out;
}
