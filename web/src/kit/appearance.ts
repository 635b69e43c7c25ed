// Light or dark, as the device says; both kits read it from a class of the document.

import { type Ref, ref } from "vue";

const DARK = "(prefers-color-scheme: dark)";

/** Whether the device wants dark pages, now and when it changes its mind. */
export function followDevice(): Readonly<Ref<boolean>> {
  const asked = matchMedia(DARK);
  const dark = ref(asked.matches);
  const tell = (): void => {
    dark.value = asked.matches;
    document.documentElement.classList.toggle("dark", asked.matches);
    document.documentElement.classList.toggle("van-theme-dark", asked.matches);
  };
  asked.addEventListener("change", tell);
  tell();
  return dark;
}
