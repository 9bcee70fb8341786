/** Parts of a page that are loaded when they are first shown: the popup must not wait for what most openings of it never show. */
import { type ComponentChild, type ComponentType, h } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { MissingPart } from './MissingPart';

/** Nothing is drawn until `load` has come, once for all; where it fails, that is said. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): (props: Props) => ComponentChild {
  let loaded: ComponentType<Props> | null = null;
  return (props) => {
    const [part, setPart] = useState<ComponentType<Props> | null>(() => loaded);
    useEffect(() => {
      if (part) return;
      let isWanted = true;
      const show = (shown: ComponentType<Props>) => {
        if (isWanted) setPart(() => shown);
      };
      load().then(
        (arrived) => {
          loaded = arrived;
          show(arrived);
        },
        () => show(MissingPart),
      );
      return () => {
        isWanted = false;
      };
    }, []);
    return part && h(part, props);
  };
}
