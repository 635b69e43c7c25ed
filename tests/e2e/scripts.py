"""What the tests run inside pages: what to press, what sticks out, how to wait."""

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


def looking(expression: str, for_seconds: float) -> str:
    """Have the page look at an expression again and again: its value once it is true, or the last.

    Each look from outside costs three processes more than the page's own does. As in `eventually`,
    what has not come for a while is looked for less often.
    """
    return f"""(async () => {{
      const begun = performance.now();
      for (;;) {{
        const seen = await ({expression});
        const waited = performance.now() - begun;
        if (seen || waited > {1000 * for_seconds}) return seen;
        await new Promise((go) => setTimeout(go, Math.max(50, waited / 10)));
      }}
    }})()"""
