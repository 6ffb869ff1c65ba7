// What stands around the graphs.
byId('name').textContent = data.name;
byId('command').textContent = data.command;
byId('ending').textContent = [data.ending, data.started, data.filter ? 'only stacks with \u201c' + data.filter + '\u201d' : ''].filter(Boolean).join(' \u00b7 ');
byId('tool').textContent = 'Written by ' + data.tool + '. This page is complete in itself and asks for nothing else.';
byId('figures').append(...data.figures.map((f) => el('li', { class: f.bad ? 'bad' : '' }, el('span', { class: 'label' }, f.label), el('span', { class: 'value' }, f.value), el('span', { class: 'sub' }, f.note))));

(() => {
  const names = { '': 'Colours: automatic', light: 'Colours: light', dark: 'Colours: dark' };
  const order = ['', 'dark', 'light'];
  const button = byId('theme');
  let now = '';
  try {
    now = localStorage.getItem('softshell-theme') || '';
  } catch {
    // no storage for files in this browser: the choice holds for this visit
  }
  const show = () => {
    if (now) document.documentElement.dataset.theme = now;
    else delete document.documentElement.dataset.theme;
    button.textContent = names[now] || names[''];
  };
  button.addEventListener('click', () => {
    now = order[(order.indexOf(now) + 1) % order.length];
    try {
      localStorage.setItem('softshell-theme', now);
    } catch {
      // as above
    }
    show();
  });
  show();
})();

function framesOf(frames) {
  return frames.length ? el('ol', { class: 'stack' }, ...frames.map((f) => el('li', {}, el('code', {}, functionOf(f)), ' ', el('span', { class: 'file' }, place(f))))) : '';
}

if (data.secrets.length) byId('secret-list').append(...data.secrets.map((s) => el('li', {}, el('p', {}, ...marked(s.title)), framesOf(s.frames.slice(0, 4)))));
else byId('secrets').hidden = true;
if (data.left.length) byId('rest-list').append(el('tbody', {}, ...data.left.map((l) => el('tr', {}, el('td', { class: 'n' }, bytes(l.bytes)), el('td', { class: 'n' }, count(l.blocks) + (l.blocks === 1 ? ' block' : ' blocks')), el('th', { scope: 'row', class: 'name' }, l.title, el('span', { class: 'sub' }, l.reason))))));
else byId('rest').hidden = true;
if (data.notes.length) byId('unseen-list').append(...data.notes.map((n) => el('li', {}, n)));
else byId('unseen').hidden = true;

drawChart();
drawCycles();
flame.start();
lists.start();
document.documentElement.dataset.ready = 'yes';
