/** Parts of a page that are loaded when they are first shown: the popup must not wait for what most openings of it never show. */
import { type ComponentChild, type ComponentType, h } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { MissingPart } from './MissingPart';

interface Later<Props> {
  (props: Props): ComponentChild;
  /** Ahead of its need. Where it fails, that is said when it is shown. */
  fetch(): void;
}

/** Nothing is drawn until `load` has come, once for all; where it fails, that is said. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): Later<Props> {
  let loaded: ComponentType<Props> | null = null;
  const fetch = async () => {
    loaded ??= await load();
    return loaded;
  };
  const Part = (props: Props) => {
    const [part, setPart] = useState<ComponentType<Props> | null>(() => loaded);
    useEffect(() => {
      if (part) return;
      let isWanted = true;
      const show = (shown: ComponentType<Props>) => {
        if (isWanted) setPart(() => shown);
      };
      fetch().then(show, () => show(MissingPart));
      return () => {
        isWanted = false;
      };
    }, []);
    return part && h(part, props);
  };
  return Object.assign(Part, { fetch: () => void fetch().catch(() => undefined) });
}
