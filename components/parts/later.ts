/** Parts of a page that are loaded when they are first shown: the popup must not wait for what most openings of it never show. */
import { type ComponentChild, type ComponentType, h } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Nothing is drawn until `load` has come, once for all. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): (props: Props) => ComponentChild {
  let loaded: ComponentType<Props> | null = null;
  return (props) => {
    const [part, setPart] = useState(() => loaded);
    useEffect(() => {
      if (part) return;
      let isWanted = true;
      void load().then((arrived) => {
        loaded = arrived;
        if (isWanted) setPart(() => arrived);
      });
      return () => {
        isWanted = false;
      };
    }, []);
    return part && h(part, props);
  };
}
