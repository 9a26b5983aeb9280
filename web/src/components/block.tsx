import type { ReactNode } from "react";

export function Block({
  title,
  tools,
  children,
  id,
}: {
  title?: string;
  tools?: ReactNode;
  children: ReactNode;
  id?: string;
}) {
  return (
    <section className="block" id={id}>
      {(title || tools) && (
        <div className="block-head">
          {title && <h2>{title}</h2>}
          {tools}
        </div>
      )}
      {children}
    </section>
  );
}
