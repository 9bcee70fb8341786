/** The one shape every border wears: runtime.Port, WebSocket, RTCDataChannel and an in-memory pair. */
export interface Channel<In, Out> {
  /** Throws nothing: a closed channel drops the frame, and `onClose` has already said so. */
  send(frame: Out): void;
  onFrame(listener: (frame: In) => void): void;
  onClose(listener: () => void): void;
  close(): void;
}
