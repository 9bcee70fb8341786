/** The one line of sound on a string's connection, in both directions. Knows tracks; captures and plays nothing. */

export class AudioLine {
  readonly #connection: RTCPeerConnection;

  constructor(connection: RTCPeerConnection) {
    this.#connection = connection;
  }

  /**
   * Puts the line into the string's first offer, ready to receive and silent. Were it first offered when somebody speaks,
   * both sides might offer it at once, and a Chromium that yields cannot take over the numbers that Firefox gave to header
   * extensions.
   */
  prepare(): void {
    this.#connection.addTransceiver('audio', { direction: 'recvonly' });
  }

  /** Sends this stream's first audio track. The browser then asks for negotiation. */
  async open(stream: MediaStream): Promise<void> {
    const [track] = stream.getAudioTracks();
    if (!track) return;
    const line = this.#line();
    if (!line) {
      // addTrack, not addTransceiver: only its line is joined with the one in their first offer, still to come.
      this.#connection.addTrack(track, stream);
      return;
    }
    await line.sender.replaceTrack(track);
    line.direction = 'sendrecv';
  }

  /** Stops sending; what the other side sends goes on. */
  close(): void {
    const line = this.#line();
    if (line?.sender.track) this.#connection.removeTrack(line.sender);
  }

  /** What they send now, as last agreed; null while they send nothing. */
  theirs(): MediaStreamTrack | null {
    const line = this.#line();
    const isHeard = line?.currentDirection === 'sendrecv' || line?.currentDirection === 'recvonly';
    return line && isHeard ? line.receiver.track : null;
  }

  /** A string carries text and one line of sound: any other line they offer is turned down. */
  refuseOthers(): void {
    const line = this.#line();
    for (const transceiver of this.#connection.getTransceivers()) {
      if (transceiver !== line && transceiver.direction !== 'stopped') transceiver.stop();
    }
  }

  #line(): RTCRtpTransceiver | undefined {
    return this.#connection
      .getTransceivers()
      .find((transceiver) => transceiver.receiver.track.kind === 'audio' && transceiver.direction !== 'stopped');
  }
}
