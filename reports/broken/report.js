'use strict';
// The page is complete without this script. It adds search, filters, folding and copying.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const tools = document.getElementById('tools');

  // What is filtered stands in the fragment, so that a link shows the same: `#find:status=failed`.
  const FIND = '#find:';
  let find = () => {};

  // Search and filters; the page with the evidence alone has none.
  const setUp = () => {
    const text = document.getElementById('tool-text');
    const status = document.getElementById('tool-status');
    const level = document.getElementById('tool-level');
    const requirement = document.getElementById('tool-requirement');
    const count = document.getElementById('tool-count');
    const fields = { text, status, level, requirement };
    const items = all('.item');
    const groups = all('.rule, .fold');
    tools.hidden = false;

    // Reading the text of a large page takes a moment, so it waits for the first search.
    let words = null;
    const index = () => items.map((item) => item.textContent.toLowerCase());

    const filter = () => {
      const wanted = text.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
      if (wanted.length > 0) words ??= index();
      // A part of an id is enough: `PRO-005` is what people say.
      const rule = requirement.value.trim().toUpperCase();
      const active =
        wanted.length > 0 || status.value !== '' || level.value !== '' || rule !== '';
      let shown = 0;
      items.forEach((item, at) => {
        const fits =
          (status.value === '' || item.dataset.status === status.value) &&
          (level.value === '' || item.dataset.level === level.value) &&
          (rule === '' || (item.dataset.requirements ?? '').toUpperCase().includes(rule)) &&
          wanted.every((word) => words[at].includes(word));
        item.hidden = !fits;
        if (fits) shown += 1;
      });
      for (const group of groups) {
        const within = all('.item', group);
        group.hidden = within.length > 0 && within.every((item) => item.hidden);
        if (active && !group.hidden && group.tagName === 'DETAILS') group.open = true;
      }
      const numbers = [shown, items.length];
      count.textContent = active
        ? tools.dataset.shown.replace(/#/g, () => numbers.shift().toLocaleString('en'))
        : '';
    };

    const search = () => {
      filter();
      const set = Object.entries(fields).filter(([, field]) => field.value.trim() !== '');
      const found = new URLSearchParams(set.map(([name, field]) => [name, field.value.trim()]));
      if (set.length > 0) history.replaceState(null, '', FIND + found);
      else if (location.hash.startsWith(FIND)) history.replaceState(null, '', '#main');
    };

    find = (fragment) => {
      const wanted = new URLSearchParams(fragment);
      for (const [name, field] of Object.entries(fields)) field.value = wanted.get(name) ?? '';
      filter();
    };

    let pending = 0;
    for (const field of [text, requirement]) {
      field.addEventListener('input', () => {
        clearTimeout(pending);
        pending = setTimeout(search, 120);
      });
    }
    const known = document.getElementById('tool-requirements');
    for (const row of all('.matrix .item')) {
      known.append(new Option('', row.dataset.requirements));
    }
    status.addEventListener('change', search);
    level.addEventListener('change', search);
    tools.addEventListener('reset', () => setTimeout(search));
    tools.addEventListener('submit', (event) => event.preventDefault());

    const fold = (open) => all('main details').forEach((details) => { details.open = open; });
    document.getElementById('tool-expand').addEventListener('click', () => fold(true));
    document.getElementById('tool-collapse').addEventListener('click', () => fold(false));
  };
  if (tools) setUp();

  // A link to something folded or filtered away shows it, and one of a search searches.
  const reveal = () => {
    if (location.hash.startsWith(FIND)) {
      find(location.hash.slice(FIND.length));
      return;
    }
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let node = target; node; node = node.parentElement) {
      if (node.tagName === 'DETAILS') node.open = true;
      node.hidden = false;
    }
    target.scrollIntoView();
  };
  addEventListener('hashchange', reveal);
  reveal();

  if (navigator.clipboard) {
    for (const button of all('button.copy')) {
      const label = button.textContent;
      button.hidden = false;
      button.addEventListener('click', async () => {
        try {
          await navigator.clipboard.writeText(button.closest('.side').querySelector('pre').textContent);
          button.textContent = button.closest('[data-copied]').dataset.copied;
          setTimeout(() => { button.textContent = label; }, 1500);
        } catch {
          getSelection().selectAllChildren(button.closest('.side').querySelector('pre'));
        }
      });
    }
  }
})();
