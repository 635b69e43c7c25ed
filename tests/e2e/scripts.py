"""What the tests run inside pages: what to press, and what sticks out."""

#: Finds what a person would press: by selector, or by its text, the tightest match first.
FIND = """(what, within) => {
  const all = (selector) => [...document.querySelectorAll(within)]
    .flatMap((each) => [...each.querySelectorAll(selector)]);
  const visible = (it) => it.checkVisibility({visibilityProperty: true}) && !it.disabled;
  const text = (it) => it.innerText || it.value || it.ariaLabel || '';
  const said = (it) => text(it).replace(/\\s+/g, ' ').trim();
  const named = () => all('button, a, label, summary, [role]')
    .filter((it) => visible(it) && said(it).includes(what))
    .sort((one, other) => said(one).length - said(other).length)[0];
  return (/^[#.[]/.test(what) ? all(what).find(visible) : named()) ?? null;
}"""

#: Nothing slides or fades any more; what turns for ever (a spinner) does not count.
STANDS_STILL = """document.getAnimations().every((one) =>
  one.playState !== 'running' || one.effect?.getComputedTiming().endTime === Infinity)"""

TOO_WIDE = """[...document.querySelectorAll('body *')]
  .filter((it) => it.offsetParent !== null && it.getBoundingClientRect().right > innerWidth + 1)
  .filter((it) => !it.closest('.scrolls'))
  .map((it) => it.tagName + '.' + it.className + ': ' + it.textContent.trim().slice(0, 30))"""
