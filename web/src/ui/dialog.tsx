import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { classes } from "./classes";
import styles from "./dialog.module.css";

interface Props {
  isOpen: boolean;
  onClose: () => void;
  /** Fills the window's height, and brings its own layout. */
  wide?: boolean;
  label?: string;
  /** Whether Escape and a click beside it close it. */
  isDismissable?: boolean;
  children: React.ReactNode;
}

/** Something that stands before the page until it is done with: focus stays inside, and goes back afterwards. */
export function Dialog({ isOpen, onClose, wide, label, isDismissable = true, children }: Props) {
  return (
    <ModalOverlay
      isOpen={isOpen}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      isDismissable={isDismissable}
      isKeyboardDismissDisabled={!isDismissable}
      className={styles.overlay ?? ""}
    >
      <Modal className={classes(styles.modal, wide && styles.wide)}>
        <AriaDialog className={styles.dialog ?? ""} {...(label === undefined ? {} : { "aria-label": label })}>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

interface QuestionProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  children: React.ReactNode;
  /** The buttons; the safe one first. */
  actions: React.ReactNode;
}

/** A question with its answers as buttons. */
export function Question({ isOpen, onClose, title, children, actions }: QuestionProps) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose}>
      <div className={styles.plain}>
        <Heading slot="title">{title}</Heading>
        {children}
        <div className={styles.actions}>{actions}</div>
      </div>
    </Dialog>
  );
}
