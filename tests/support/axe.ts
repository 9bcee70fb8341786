/** Runs axe inside a page, by whatever means the page is driven. */
import axe from 'axe-core';

/** To be evaluated in the page before `AXE_RUN`. */
export const AXE_SOURCE: string = axe.source;

/** A function, as source: gives one line for each violation, with the elements at fault. */
export const AXE_RUN = `async () => {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const { violations } = await axe.run(document, { runOnly: tags });
  return violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).join(' | '));
}`;
