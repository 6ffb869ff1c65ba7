// Each cycle as a graph: blocks as boxes, pointers as arrows with their fields.
function drawCycles() {
  const all = data.cycles;
  if (!all.length) {
    byId('cycles').hidden = true;
    return;
  }
  const n = all.reduce((sum, c) => sum + c.count, 0);
  byId('cycles-hint').textContent = count(n) + (n === 1 ? ' cycle' : ' cycles') + ' that nothing holds' + (data.moreCycles ? '; ' + data.moreCycles + ' further kinds are not drawn' : '');
  const list = byId('cycle-list');
  const first = 3;
  const cards = all.map((c, i) => cycleCard(c, i));
  list.append(...cards.slice(0, first));
  if (all.length > first) {
    const more = el('button', { type: 'button' }, 'Show ' + (all.length - first) + ' more');
    more.addEventListener('click', () => {
      more.remove();
      list.append(...cards.slice(first));
    });
    list.append(more);
  }
}

function cycleCard(c, i) {
  const title = el('h3', { id: 'cycle-' + i }, ...marked(c.title));
  const where = el('ul', { class: 'where' });
  const lines = new Map();
  for (const m of c.members) {
    const top = m.frames.length ? m.frames[0] : -1;
    const key = m.type + '\n' + top;
    if (!lines.has(key)) lines.set(key, { m, top, n: 0 });
    lines.get(key).n++;
  }
  for (const { m, top, n } of lines.values()) {
    where.append(el('li', {}, n > 1 ? n + ' ' : '', el('strong', {}, brief(m.type) || (n > 1 ? 'blocks' : 'block')), ' made in ', top < 0 ? 'a place that is not known' : el('code', {}, functionOf(top)), ' ', top < 0 ? '' : el('span', { class: 'file' }, place(top))));
  }
  if (c.hidden) where.append(el('li', {}, count(c.hidden) + (c.hidden === 1 ? ' further block' : ' further blocks')));
  const graph = el('div', { class: 'graph scroll' });
  const card = el('article', { class: 'cycle', 'aria-labelledby': 'cycle-' + i }, title, el('div', { class: 'cycle-body' }, graph, el('div', {}, where, el('p', { class: 'help' }, el('b', {}, 'Help: '), ...marked(c.help)))));
  graph.append(cycleGraph(c, i));
  return card;
}

// marked sets `code` of a sentence apart.
function marked(sentence) {
  return sentence.split('`').map((part, i) => (i % 2 ? el('code', {}, part) : part));
}

const boxWidth = 188, boxHeight = 54;

function cycleGraph(c, id) {
  const n = c.members.length;
  const narrow = innerWidth < 640;
  const ringX = Math.max(192, (n * 250) / (2 * Math.PI)), ringY = Math.max(130, n * 30);
  let at = c.members.map((_, k) => {
    if (n === 1) return { x: 0, y: 0 };
    if (n === 2) return narrow ? { x: 0, y: k * (boxHeight + 96) } : { x: k * (boxWidth + 150), y: 0 };
    const a = (2 * Math.PI * k) / n - Math.PI / 2;
    return { x: Math.cos(a) * ringX, y: Math.sin(a) * ringY };
  });
  const pad = n === 1 ? 52 : n === 2 && !narrow ? 50 : 26;
  const side = n === 2 && narrow ? 30 : 20;
  const minX = Math.min(...at.map((p) => p.x)) - boxWidth / 2 - side, minY = Math.min(...at.map((p) => p.y)) - boxHeight / 2 - pad;
  at = at.map((p) => ({ x: p.x - minX, y: p.y - minY }));
  const width = Math.max(...at.map((p) => p.x)) + boxWidth / 2 + side, height = Math.max(...at.map((p) => p.y)) + boxHeight / 2 + pad;
  const g = svg('svg', { width, height, viewBox: '0 0 ' + width + ' ' + height, role: 'img', 'aria-label': c.title });
  g.append(svg('defs', {}, svg('marker', { id: 'arrow-' + id, viewBox: '0 0 10 10', refX: 9, refY: 5, markerWidth: 8, markerHeight: 8, orient: 'auto-start-reverse' }, svg('path', { d: 'M0 0.6L10 5L0 9.4z', class: 'arrowhead' }))));
  const labels = [];
  const seen = {};
  for (const h of c.holds) {
    const key = h.from + '-' + h.to;
    seen[key] = (seen[key] || 0) + 1;
    if (seen[key] > 3) continue;
    const a = at[h.from], b = at[h.to];
    const back = n > 2 && c.holds.some((o) => o.from === h.to && o.to === h.from);
    const [d, mid] = h.from === h.to ? loop(a) : bend(a, b, (n === 2 ? 46 : 20) + 18 * (seen[key] - 1), back ? 0.36 : 0.5);
    g.append(svg('path', { d, class: 'edge', 'marker-end': 'url(#arrow-' + id + ')' }));
    if (h.field) labels.push(label(mid, h.field));
  }
  c.members.forEach((m, k) => g.append(block(m, at[k])));
  g.append(...labels);
  return g;
}

// bend is an arrow from box to box that leaves the straight line to its left, so
// that two opposite ones stay apart; it ends where it meets the boxes. Its label
// stands at a share of the way.
function bend(a, b, by, share) {
  const dx = b.x - a.x, dy = b.y - a.y, len = Math.hypot(dx, dy) || 1;
  const ctrl = { x: (a.x + b.x) / 2 + (dy / len) * by * 1.6, y: (a.y + b.y) / 2 - (dx / len) * by * 1.6 };
  const p = rim(a, ctrl), q = rim(b, ctrl);
  const on = (k) => (1 - share) ** 2 * p[k] + 2 * share * (1 - share) * ctrl[k] + share ** 2 * q[k];
  const mid = { x: on('x'), y: on('y') };
  return ['M' + p.x + ' ' + p.y + 'Q' + ctrl.x + ' ' + ctrl.y + ' ' + q.x + ' ' + q.y, mid];
}

function loop(a) {
  const x = a.x + boxWidth / 2 - 30, y = a.y - boxHeight / 2;
  return ['M' + (x - 24) + ' ' + y + 'C' + (x - 30) + ' ' + (y - 44) + ' ' + (x + 40) + ' ' + (y - 44) + ' ' + (x + 14) + ' ' + (y - 2), { x, y: y - 33 }];
}

// rim is the point of a box's border towards another point.
function rim(box, to) {
  const dx = to.x - box.x, dy = to.y - box.y;
  const s = Math.min(dx ? (boxWidth / 2 + 3) / Math.abs(dx) : Infinity, dy ? (boxHeight / 2 + 3) / Math.abs(dy) : Infinity);
  return { x: box.x + dx * s, y: box.y + dy * s };
}

function fit(s, n) {
  return s.length > n ? s.slice(0, n - 1) + '\u2026' : s;
}

function block(m, at) {
  const name = brief(m.type) || 'type not known';
  const what = [m.handle, bytes(m.size), m.handle ? 'strong ' + m.strong + ', weak ' + m.weak : ''].filter(Boolean).join(' \u00b7 ');
  return svg('g', { class: 'block', transform: 'translate(' + (at.x - boxWidth / 2) + ' ' + (at.y - boxHeight / 2) + ')' },
    svg('title', {}, (m.type || 'type not known') + '\n' + what),
    svg('rect', { width: boxWidth, height: boxHeight, rx: 8 }),
    svg('text', { x: boxWidth / 2, y: 23, class: 'type' }, name.length > 23 ? '\u2026' + name.slice(-22) : name),
    svg('text', { x: boxWidth / 2, y: 41, class: 'what' }, what));
}

function label(at, field) {
  const text = fit(field, 24), w = text.length * 7.3 + 14;
  return svg('g', { class: 'field' }, svg('rect', { x: at.x - w / 2, y: at.y - 11, width: w, height: 22, rx: 11 }), svg('text', { x: at.x, y: at.y + 4 }, text));
}
