// The flame graph: each box is a function, as wide as what was allocated below it.
const flame = (() => {
  const graph = byId('flame-graph');
  const row = 21;
  let cost = data.cost, inverted = false, tree, zoom, nodes, current, text = '', focusWanted = false;

  function build() {
    tree = { fn: -1, v: 0, all: data.costs.map(() => 0), kids: new Map(), up: null, depth: 0 };
    for (const s of stacks) {
      const v = s.costs[cost];
      if (!v) continue;
      add(tree, s, v);
      let at = tree;
      const n = s.frames.length;
      for (let i = 0; i < n; i++) {
        const frame = s.frames[inverted ? n - 1 - i : i];
        const [fn, , , crate, system] = data.frames[frame];
        let kid = at.kids.get(fn);
        if (!kid) {
          kid = { fn, crate, system, v: 0, all: data.costs.map(() => 0), kids: new Map(), up: at, depth: at.depth + 1 };
          at.kids.set(fn, kid);
        }
        add(kid, s, v);
        at = kid;
      }
    }
    zoom = tree;
  }

  function add(node, s, v) {
    node.v += v;
    for (let c = 0; c < s.costs.length; c++) node.all[c] += s.costs[c];
  }

  const nameOf = (node) => (node.fn < 0 ? 'all' : data.functions[node.fn]);
  const matches = (node) => text && node.fn >= 0 && nameOf(node).toLowerCase().includes(text);

  function draw() {
    const width = graph.clientWidth;
    nodes = [];
    let deepest = 0;
    const put = (node, x, w, faded) => {
      nodes.push({ node, x, w, faded });
      deepest = Math.max(deepest, node.depth);
    };
    const path = [];
    for (let n = zoom.up; n; n = n.up) path.unshift(n);
    for (const n of path) put(n, 0, width, true);
    (function walk(node, x, w) {
      put(node, x, w, false);
      if (nodes.length > 6000) return;
      for (const kid of [...node.kids.values()].sort((a, b) => b.v - a.v || a.fn - b.fn)) {
        const kw = (w * kid.v) / node.v;
        if (kw < 1.5) break;
        walk(kid, x, kw);
        x += kw;
      }
    })(zoom, 0, width);
    if (!tree.v) nodes = [];
    graph.style.height = (deepest + 1) * row + 'px';
    graph.replaceChildren(...nodes.map(box));
    graph.classList.toggle('searching', !!text);
    current = Math.max(0, nodes.findIndex((n) => n.node === zoom));
    rove(current, focusWanted);
    focusWanted = false;
    byId('flame-reset').disabled = zoom === tree;
    byId('flame-sum').textContent = tree.v ? amount(tree.v, cost) + (data.costs[cost].bytes ? '' : ' ' + data.costs[cost].label.toLowerCase()) + ' in all' + (zoom === tree ? '' : '; zoomed to ' + percent(zoom.v, tree.v)) : '';
    if (!tree.v) graph.replaceChildren(el('p', { class: 'hint' }, 'Nothing was counted here.'));
    found();
  }

  function box({ node, x, w, faded }, i) {
    const name = nameOf(node);
    const e = el('div', { class: 'f' + (faded ? ' faded' : '') + (node.system ? ' system' : '') + (node.fn < 0 ? ' root' : '') + (matches(node) ? ' match' : ''), role: 'button', tabindex: -1, 'data-i': i, 'aria-label': name + ', ' + amount(node.v, cost) + ', ' + percent(node.v, tree.v) });
    if (w > 26) e.textContent = brief(name);
    e.style.left = x + 'px';
    e.style.top = node.depth * row + 'px';
    e.style.width = Math.max(1, w - 1) + 'px';
    if (node.fn >= 0) e.style.setProperty('--h', hue(data.crates[node.crate]));
    return e;
  }

  // hue tells crates apart; the program's own crate is the warm one.
  const hues = [205, 165, 48, 235, 125, 185, 265, 88];
  const own = data.name.replaceAll('-', '_');
  function hue(crate) {
    if (crate === own) return 22;
    let h = 7;
    for (let i = 0; i < crate.length; i++) h = (h * 31 + crate.charCodeAt(i)) >>> 0;
    return hues[((h ^ (h >>> 13)) >>> 0) % hues.length];
  }

  function found() {
    const out = byId('flame-found');
    if (!text) {
      out.textContent = '';
      return;
    }
    let hit = 0, n = 0;
    (function walk(node, inside) {
      const m = matches(node);
      if (m) n++;
      if (m && !inside) hit += node.v;
      for (const kid of node.kids.values()) walk(kid, inside || m);
    })(tree, false);
    out.textContent = n ? 'Found in ' + percent(hit, tree.v) + ' of it (' + amount(hit, cost) + ')' : 'Found nowhere';
  }

  function about(node) {
    const rows = data.costs.map((c, i) => el('div', { class: i === cost ? 'chosen' : '' }, el('dt', {}, c.label), el('dd', {}, amount(node.all[i], i), ' ', el('small', {}, percent(node.all[i], tree.all[i])))));
    return [el('p', { class: 'fn' }, nameOf(node)), el('dl', {}, ...rows)];
  }

  function rove(i, focus) {
    const old = graph.querySelector('[tabindex="0"]');
    if (old) old.tabIndex = -1;
    current = i;
    const e = graph.children[i];
    if (!e || !nodes[i]) return;
    e.tabIndex = 0;
    if (focus) e.focus();
  }

  function zoomTo(node, focus) {
    zoom = node;
    focusWanted = focus;
    tip.hide();
    draw();
  }

  const at = (e) => {
    const f = e.target.closest('.f');
    return f ? nodes[+f.dataset.i] : null;
  };
  graph.addEventListener('click', (e) => {
    const n = at(e);
    if (n) zoomTo(n.node, true);
  });
  graph.addEventListener('pointermove', (e) => {
    const n = at(e);
    if (!n || e.pointerType === 'touch') return tip.hide();
    tip.show({ x: e.clientX, y: e.clientY }, ...about(n.node));
  });
  graph.addEventListener('pointerleave', () => tip.hide());
  graph.addEventListener('focusin', (e) => {
    const n = at(e);
    if (n) byId('flame-about').replaceChildren(...about(n.node));
  });
  graph.addEventListener('keydown', (e) => {
    const n = nodes[current];
    if (!n) return;
    const index = (test) => nodes.findIndex(test);
    let to = -1;
    switch (e.key) {
      case 'ArrowDown': to = index((o) => o.node.up === n.node); break;
      case 'ArrowUp': to = index((o) => o.node === n.node.up); break;
      case 'ArrowRight': to = index((o) => o.node.depth === n.node.depth && o.x > n.x); break;
      case 'ArrowLeft': for (let i = 0; i < nodes.length; i++) if (nodes[i].node.depth === n.node.depth && nodes[i].x < n.x) to = i; break;
      case 'Home': to = 0; break;
      case 'Enter': case ' ': zoomTo(n.node, true); e.preventDefault(); return;
      case 'Escape': zoomTo(zoom.up || tree, true); return;
      default: return;
    }
    e.preventDefault();
    if (to >= 0) rove(to, true);
  });

  const buttons = data.costs.map((c, i) => el('button', { type: 'button', role: 'radio', 'data-cost': c.id, onclick: () => choose(i) }, c.label));
  byId('flame-costs').append(...buttons);
  function choose(i) {
    cost = i;
    buttons.forEach((b, k) => {
      b.setAttribute('aria-checked', k === i);
      b.tabIndex = k === i ? 0 : -1;
    });
    byId('flame-about').replaceChildren();
    build();
    draw();
  }
  byId('flame-costs').addEventListener('keydown', (e) => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[e.key];
    if (!step) return;
    e.preventDefault();
    choose((cost + step + buttons.length) % buttons.length);
    buttons[cost].focus();
  });
  byId('flame-invert').addEventListener('click', (e) => {
    inverted = !inverted;
    e.currentTarget.setAttribute('aria-pressed', inverted);
    build();
    draw();
  });
  byId('flame-reset').addEventListener('click', () => zoomTo(tree, false));
  const search = byId('flame-search');
  let later = 0;
  search.addEventListener('input', () => {
    clearTimeout(later);
    later = setTimeout(() => {
      text = search.value.trim().toLowerCase();
      draw();
    }, 90);
  });

  return {
    start() {
      choose(cost);
      let known = graph.clientWidth;
      new ResizeObserver(() => {
        if (graph.clientWidth !== known) {
          known = graph.clientWidth;
          draw();
        }
      }).observe(graph);
    },
    find(name) {
      search.value = name;
      text = name.toLowerCase();
      zoomTo(tree, false);
      byId('flame').scrollIntoView({ behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
    },
  };
})();
