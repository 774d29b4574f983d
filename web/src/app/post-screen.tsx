import { useNavigate, useParams } from "react-router";
import PostPage from "~/features/post/post-page";
import { useComposition } from "./compose-address";

export default function PostScreen() {
  const { id = "" } = useParams();
  const [, compose] = useComposition();
  const navigate = useNavigate();
  return (
    <PostPage
      id={id}
      onEdit={() => {
        compose({ kind: "edit", id });
      }}
      onDuplicate={() => {
        compose({ kind: "duplicate", id });
      }}
      onBack={() => void navigate("/")}
      onConnect={() => void navigate("/connections")}
    />
  );
}
