"""What the tests run inside pages: where to press, and what sticks out."""

#: Finds what a person would press: by selector, or by its text, the tightest match first; gives
#: its middle once it stands still there and nothing lies over it.
AIM = """async (what, within) => {
  const all = (selector) => [...document.querySelectorAll(within)]
    .flatMap((each) => [...each.querySelectorAll(selector)]);
  const visible = (it) => it.offsetParent !== null && !it.disabled;
  const said = (it) => (it.innerText || it.value || '').replace(/\\s+/g, ' ').trim();
  const named = () => all('button, a, label, summary, [role=button]')
    .filter((it) => visible(it) && said(it).includes(what))
    .sort((one, other) => said(one).length - said(other).length)[0];
  const it = /^[#.[]/.test(what) ? all(what).find(visible) : named();
  if (!it) return null;
  it.scrollIntoView({block: 'center'});
  const middle = () => {
    const [box] = it.getClientRects();  // of a link over two lines, the first
    return {x: box.x + box.width / 2, y: box.y + box.height / 2};
  };
  const before = middle();
  await new Promise((done) => setTimeout(done, 60));
  const now = middle();
  const top = document.elementFromPoint(now.x, now.y);
  const still = Math.hypot(now.x - before.x, now.y - before.y) < 1;
  if (!still || !it.contains(top)) return null;
  window.aimedAt = {hit: false};
  it.addEventListener('click', () => { window.aimedAt.hit = true; }, {capture: true, once: true});
  return now;
}"""

TOO_WIDE = """[...document.querySelectorAll('body *')]
  .filter((it) => it.offsetParent !== null && it.getBoundingClientRect().right > innerWidth + 1)
  .filter((it) => !it.closest('.scrolls'))
  .map((it) => it.tagName + '.' + it.className + ': ' + it.textContent.trim().slice(0, 30))"""
