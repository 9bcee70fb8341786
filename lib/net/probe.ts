/** Asks STUN how the world sees this device, with a connection that leads nowhere. Tells a kind, never an address. */
import type { Clock } from '../app/ports';
import { iceConfiguration, mappingOf } from './ice';

/** Two answers came within 16 ms where any came; a lost packet is sent again within one second. */
const GATHER_MS = 3000;

export async function probeNetwork(
  newPeer: (configuration: RTCConfiguration) => RTCPeerConnection,
  clock: Clock,
  stunUrls: readonly string[],
): Promise<'steady' | 'symmetric' | 'blocked'> {
  const connection = newPeer(iceConfiguration(stunUrls));
  try {
    connection.createDataChannel('probe');
    const gathered = new Promise<void>((resolve) => {
      const cancel = clock.after(GATHER_MS, resolve);
      connection.onicegatheringstatechange = () => {
        if (connection.iceGatheringState !== 'complete') return;
        cancel();
        resolve();
      };
    });
    await connection.setLocalDescription();
    await gathered;
    const mapping = mappingOf(connection.localDescription);
    if (mapping !== 'unseen') return mapping;
    // Gathering ends at once when STUN answers, also when it shows nothing new.
    return connection.iceGatheringState === 'complete' ? 'steady' : 'blocked';
  } finally {
    connection.close();
  }
}
