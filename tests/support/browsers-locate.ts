/** Runs inside a page, sent as source: the function is whole in itself and imports nothing. */

/** A CSS selector, or a role with its accessible name (`…` at its beginning or end stands for anything). */
export type Target = string | { readonly role: string; readonly name: string };

export type Located =
  | { readonly kind: 'missing' }
  | { readonly kind: 'disabled' | 'moving' | 'covered'; readonly text: string }
  /** `x` and `y` are its middle, in the viewport. */
  | { readonly kind: 'ready'; readonly text: string; readonly x: number; readonly y: number };

/** Scrolls the first visible match into view and says whether it can be clicked, and where. */
export async function locate(target: Target): Promise<Located> {
  const NATIVE: Record<string, string> = {
    button: 'button, input[type=button], input[type=submit], summary',
    textbox: 'textarea, input:not([type]), input[type=text], input[type=url], input[type=search]',
    link: 'a[href]',
    radio: 'input[type=radio]',
    checkbox: 'input[type=checkbox]',
    heading: 'h1, h2, h3, h4',
    listitem: 'li',
  };
  const heardIn = (element: Element | null | undefined): string => {
    const copy = element?.cloneNode(true) as Element | undefined;
    for (const silent of copy?.querySelectorAll('[aria-hidden=true]') ?? []) silent.remove();
    return copy?.textContent ?? '';
  };
  const nameOf = (element: Element): string => {
    const labels = (element as HTMLInputElement).labels;
    const candidates = [
      element
        .getAttribute('aria-labelledby')
        ?.split(/\s+/)
        .map((id) => heardIn(document.getElementById(id)))
        .join(' '),
      element.getAttribute('aria-label'),
      heardIn(labels?.[0]),
      heardIn(element),
      element.getAttribute('placeholder'),
      element.getAttribute('title'),
    ];
    return (candidates.find((candidate) => candidate) ?? '').replace(/\s+/g, ' ').trim();
  };
  const isNamed = (element: Element, name: string): boolean => {
    const own = nameOf(element);
    const [isOpenStart, isOpenEnd] = [name.startsWith('…'), name.endsWith('…')];
    const part = name.slice(isOpenStart ? 1 : 0, isOpenEnd ? -1 : undefined);
    if (own === name || (isOpenStart && isOpenEnd && own.includes(part))) return true;
    return isOpenStart ? own.endsWith(part) : isOpenEnd && own.startsWith(part);
  };
  const matches = (): Element[] => {
    if (typeof target === 'string') return [...document.querySelectorAll(target)];
    const explicit = `[role=${target.role}]`;
    const native = NATIVE[target.role];
    const selector = native === undefined ? explicit : `${explicit}, :is(${native}):not([role])`;
    return [...document.querySelectorAll(selector)].filter((element) => isNamed(element, target.name));
  };

  const element = matches().find((match) => match.checkVisibility({ visibilityProperty: true, opacityProperty: true }));
  if (element === undefined) return { kind: 'missing' };
  const text = (element as HTMLElement).innerText ?? element.textContent ?? '';
  if (element.matches(':disabled, [aria-disabled=true]')) return { kind: 'disabled', text };
  element.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
  const before = element.getBoundingClientRect();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const box = element.getBoundingClientRect();
  if (box.x !== before.x || box.y !== before.y || box.width === 0) return { kind: 'moving', text };
  const x = box.x + box.width / 2;
  const y = box.y + box.height / 2;
  const top = document.elementFromPoint(x, y);
  const isReached = top !== null && (element.contains(top) || top.contains(element) || top.closest('label')?.contains(element) === true);
  return isReached ? { kind: 'ready', text, x, y } : { kind: 'covered', text };
}
