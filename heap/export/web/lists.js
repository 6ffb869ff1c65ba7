// The top lists: stacks, functions, types; with a filter, and sorted by any column.
const lists = (() => {
  const step = 25;
  let tab = 'places', total = false, filter = '', sort = 0, limit = step;
  const tabs = [['places', 'Places'], ['stacks', 'Stacks'], ['functions', 'Functions'], ['types', 'Types']];
  const lower = (s) => s.toLowerCase();
  const made = {};

  function rows() {
    const key = tab + (tab === 'functions' && total);
    if (!made[key]) made[key] = { places: placeRows, stacks: stackRows, functions: functionRows, types: typeRows }[tab]();
    return made[key];
  }

  // placeRows puts together what the same line allocated in the same way.
  function placeRows() {
    const by = new Map();
    for (const s of stacks) {
      const top = s.frames.length ? s.frames[s.frames.length - 1] : -1;
      const key = [top, s.via, s.type].join('\n');
      let r = by.get(key);
      if (!r) by.set(key, (r = { name: top < 0 ? 'not known' : functionOf(top), top, stacks: [], costs: s.costs.map(() => 0), type: s.type, via: s.via, words: '' }));
      r.stacks.push(s);
      s.costs.forEach((v, i) => (r.costs[i] += v));
    }
    for (const r of by.values()) r.words = lower([r.type, r.via, r.name, r.top < 0 ? '' : place(r.top)].join(' '));
    return [...by.values()];
  }

  // way follows a place to the callers that most of it came from.
  function way(r) {
    const out = [];
    for (let from = r.stacks; ; ) {
      const sums = new Map();
      let best = -1, most = 0;
      for (const s of from) {
        const f = s.frames[s.frames.length - 1 - out.length];
        if (f === undefined) continue;
        const n = (sums.get(f) || 0) + s.costs[sort];
        sums.set(f, n);
        if (n > most) [best, most] = [f, n];
      }
      if (best < 0 || most * 5 < r.costs[sort]) break;
      const depth = out.length;
      from = from.filter((s) => s.frames[s.frames.length - 1 - depth] === best);
      out.push({ frame: best, share: most / r.costs[sort], others: sums.size - 1 });
    }
    return out;
  }

  function wayOf(r) {
    const list = way(r);
    const out = list.map((c) => el('li', {}, el('code', {}, functionOf(c.frame)), ' ', el('span', { class: 'file' }, place(c.frame)), c.share < 0.995 ? el('span', { class: 'file' }, ' \u00b7 ' + (100 * c.share).toFixed(0) + ' % of it') : ''));
    if (list.length < Math.max(...r.stacks.map((s) => s.frames.length))) out.push(el('li', { class: 'file' }, 'further callers, each under 20 % of it'));
    return out;
  }

  function stackRows() {
    return stacks.map((s) => {
      const top = s.frames.length ? s.frames[s.frames.length - 1] : -1;
      return { name: top < 0 ? 'not known' : functionOf(top), frames: s.frames, costs: s.costs, type: s.type, via: s.via,
        words: lower([s.type, s.via, ...s.frames.map((f) => functionOf(f) + ' ' + place(f))].join(' ')) };
    });
  }

  function functionRows() {
    const by = new Map();
    for (const s of stacks) {
      const seen = new Set();
      const frames = total ? s.frames : s.frames.slice(-1);
      for (const f of frames) {
        const fn = data.frames[f][0];
        if (seen.has(fn)) continue;
        seen.add(fn);
        let r = by.get(fn);
        if (!r) by.set(fn, (r = { name: data.functions[fn], costs: s.costs.map(() => 0), words: lower(data.functions[fn]), find: true }));
        s.costs.forEach((v, i) => (r.costs[i] += v));
      }
    }
    return [...by.values()];
  }

  function typeRows() {
    const by = new Map();
    for (const s of stacks) {
      let r = by.get(s.type);
      if (!r) by.set(s.type, (r = { name: s.type || 'type not known', faint: !s.type, costs: s.costs.map(() => 0), words: lower(s.type) }));
      s.costs.forEach((v, i) => (r.costs[i] += v));
    }
    return [...by.values()];
  }

  function draw() {
    const words = lower(filter).split(/\s+/).filter(Boolean);
    const all = rows().filter((r) => r.costs[sort] > 0 && words.every((w) => r.words.includes(w))).sort((a, b) => b.costs[sort] - a.costs[sort] || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    const whole = stacks.reduce((n, s) => n + s.costs[sort], 0);
    const head = el('tr', {}, el('th', { scope: 'col', class: 'name' }, { places: 'Allocated in', stacks: 'Allocated in', functions: 'Function', types: 'Type' }[tab]),
      ...data.costs.map((c, i) => el('th', { scope: 'col', 'aria-sort': i === sort ? 'descending' : 'none' }, el('button', { type: 'button', 'data-sort': c.id, onclick: () => set(() => (sort = i), i) }, c.label))));
    const body = el('tbody', {});
    for (const r of all.slice(0, limit)) body.append(...tableRow(r, whole));
    if (!all.length) body.append(el('tr', {}, el('td', { colspan: data.costs.length + 1, class: 'none' }, filter ? 'Nothing here has \u201c' + filter + '\u201d in it.' : 'Nothing was counted here.')));
    byId('list').replaceChildren(el('thead', {}, head), body);
    byId('lists-count').textContent = count(all.length) + ' ' + (all.length === 1 ? tab.slice(0, -1) : tab) + ', most ' + data.costs[sort].label.toLowerCase() + ' first';
    byId('list-more').hidden = all.length <= limit;
    byId('list-total').hidden = tab !== 'functions';
  }

  function tableRow(r, whole) {
    const cells = r.costs.map((v, i) => {
      const td = el('td', { class: 'n' + (i === sort ? ' sorted' : '') + (v ? '' : ' zero') }, amount(v, i));
      if (i === sort) {
        const bar = el('i', { 'aria-hidden': 'true' });
        bar.style.width = (100 * v) / (whole || 1) + '%';
        td.append(bar);
      }
      return td;
    });
    if (!r.frames && !r.stacks) {
      const name = r.find ? el('button', { type: 'button', class: 'link', title: 'Show it in the flame graph', onclick: () => flame.find(r.name) }, r.name) : r.name;
      return [el('tr', {}, el('th', { scope: 'row', class: 'name' + (r.faint ? ' faint' : '') }, name), ...cells)];
    }
    const top = r.stacks ? r.top : r.frames.length ? r.frames[r.frames.length - 1] : -1;
    const open = el('button', { type: 'button', class: 'link open', 'aria-expanded': 'false' }, r.name);
    const main = el('tr', {}, el('th', { scope: 'row', class: 'name' }, open,
      el('span', { class: 'sub' }, [top < 0 ? '' : place(top), r.stacks && r.stacks.length > 1 ? count(r.stacks.length) + ' stacks' : '', r.via ? 'by ' + r.via : '', r.type ? 'for ' + r.type : ''].filter(Boolean).join(' \u00b7 '))), ...cells);
    const more = el('tr', { class: 'more', hidden: true });
    open.addEventListener('click', () => {
      const is = open.getAttribute('aria-expanded') === 'true';
      open.setAttribute('aria-expanded', !is);
      more.hidden = is;
      if (!is && !more.firstChild) {
        more.append(el('td', { colspan: data.costs.length + 1 }, el('ol', { class: 'stack' }, ...(r.stacks ? wayOf(r) : [...r.frames].reverse().map((f) => el('li', {}, el('code', {}, functionOf(f)), ' ', el('span', { class: 'file' }, place(f))))))));
      }
    });
    return [main, more];
  }

  // set changes what is shown; the column that was pressed keeps the focus.
  function set(change, column) {
    change();
    limit = step;
    draw();
    if (column !== undefined) byId('list').querySelectorAll('thead button')[column].focus();
  }

  const buttons = tabs.map(([id, label], i) => el('button', { type: 'button', role: 'tab', 'data-tab': id, onclick: () => choose(i) }, label));
  function choose(i) {
    set(() => (tab = tabs[i][0]));
    buttons.forEach((b, k) => {
      b.setAttribute('aria-selected', k === i);
      b.tabIndex = k === i ? 0 : -1;
    });
  }
  byId('list-tabs').append(...buttons);
  byId('list-tabs').addEventListener('keydown', (e) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
    if (!move) return;
    const i = (tabs.findIndex((t) => t[0] === tab) + move + tabs.length) % tabs.length;
    choose(i);
    buttons[i].focus();
  });
  byId('list-total').addEventListener('click', (e) => {
    set(() => (total = !total));
    e.currentTarget.setAttribute('aria-pressed', total);
  });
  let later = 0;
  byId('list-filter').addEventListener('input', (e) => {
    clearTimeout(later);
    later = setTimeout(() => set(() => (filter = e.target.value.trim())), 90);
  });
  byId('list-more').addEventListener('click', () => {
    limit += 4 * step;
    draw();
  });

  return {
    start() {
      const leaked = data.costs.findIndex((c) => c.id === 'leaked');
      sort = stacks.some((s) => s.costs[leaked]) ? leaked : data.cost;
      choose(0);
    },
  };
})();
