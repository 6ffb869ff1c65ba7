const data = JSON.parse(document.getElementById('data').textContent);
const byId = (id) => document.getElementById(id);

// el makes an element; everything that is not an element becomes text.
function el(tag, attributes, ...children) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attributes || {})) {
    if (v === false || v == null) continue;
    if (k.startsWith('on')) e.addEventListener(k.slice(2), v);
    else e.setAttribute(k, v === true ? '' : v);
  }
  e.append(...children.filter((c) => c != null && c !== ''));
  return e;
}

function svg(tag, attributes, ...children) {
  const e = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [k, v] of Object.entries(attributes || {})) e.setAttribute(k, v);
  e.append(...children);
  return e;
}

const groups = new Intl.NumberFormat('en-US');
const count = (n) => groups.format(n);

function digits(f) {
  return f >= 99.95 ? f.toFixed(0) : f >= 9.995 ? f.toFixed(1) : f.toFixed(2);
}

function bytes(n) {
  if (n < 10000) return count(n) + ' B';
  for (const unit of ['kB', 'MB', 'GB', 'TB']) {
    n /= 1000;
    if (n < 1000 || unit === 'TB') return digits(n) + ' ' + unit;
  }
}

function seconds(us) {
  return us < 1000 ? digits(us) + ' us' : us < 1e6 ? digits(us / 1e3) + ' ms' : digits(us / 1e6) + ' s';
}

const amount = (n, cost) => (data.costs[cost].bytes ? bytes(n) : count(n));

function percent(n, whole) {
  if (!whole) return '0 %';
  const p = (100 * n) / whole;
  return p > 0 && p < 0.1 ? 'under 0.1 %' : p.toFixed(1) + ' %';
}

const functionOf = (frame) => data.functions[data.frames[frame][0]];

function place(frame) {
  const [, file, line] = data.frames[frame];
  return data.files[file] ? data.files[file] + (line ? ':' + line : '') : '';
}

// brief is the end of a path that still tells functions apart: types without their
// modules, functions with one, closures with the function that they stand in.
function brief(name) {
  name = name.replace(/(?:[A-Za-z0-9_]+::)+([A-Z][A-Za-z0-9_]*)/g, '$1');
  if (name.includes('<') || name.includes(' ')) return name;
  const parts = name.split('::');
  let last = parts.length - 1;
  while (last > 0 && parts[last].startsWith('{')) last--;
  return parts.slice(Math.max(0, last - 1)).join('::');
}

// stacks are all of them, unpacked: frames from the root on.
const stacks = (() => {
  let last = [];
  return data.stacks.map(([shared, rest, costs, type, via]) => {
    last = last.slice(0, shared).concat(rest);
    return { frames: last, costs, type: data.types[type], via };
  });
})();

// tip shows a box beside the pointer or beside an element.
const tip = (() => {
  const box = byId('tip');
  return {
    show(at, ...children) {
      box.replaceChildren(...children);
      box.hidden = false;
      const r = box.getBoundingClientRect();
      const x = Math.min(at.x + 14, innerWidth - r.width - 8);
      const y = at.y + 18 + r.height > innerHeight ? at.y - r.height - 12 : at.y + 18;
      box.style.left = Math.max(8, x) + 'px';
      box.style.top = Math.max(8, y) + 'px';
    },
    hide() {
      box.hidden = true;
    },
  };
})();
addEventListener('scroll', () => tip.hide(), { passive: true });
