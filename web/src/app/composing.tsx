import { Suspense, lazy, useEffect } from "react";
import { useNavigate } from "react-router";
import { useComposition } from "./compose-address";

const Composer = lazy(() => import("~/features/composer/composer"));

/** The composer, where the address asks for one, and the key that opens it from anywhere. */
export function Composing() {
  const [composition, compose] = useComposition();
  const navigate = useNavigate();
  const isOpen = composition !== null;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && !isOpen) {
        event.preventDefault();
        compose({ kind: "new", at: null });
      }
    };
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
    };
  }, [isOpen, compose]);
  if (composition === null) return null;
  return (
    <Suspense fallback={null}>
      <Composer
        key={JSON.stringify(composition)}
        begins={composition}
        onClose={() => {
          compose(null);
        }}
        onShow={(id) => void navigate(`/posts/${id}`)}
        onConnect={() => void navigate("/connections")}
      />
    </Suspense>
  );
}
