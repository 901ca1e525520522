import Foundation
import GraphExec
import Kernels

/// The devices whose tiles ship with Whittle: files as `TileStore` keeps them.
package enum KnownDevices {
  /// All of them.
  package static let all: [KnownDevice] = {
    var count = 0
    guard let files = whittle_tile_files(&count) else { return [] }
    return UnsafeBufferPointer(start: files, count: count).map { file in
      let (name, bytes) = (String(cString: file.name), Data(bytes: file.source, count: file.length))
      // A test reads every one.
      guard let stored = try? JSONDecoder().decode(TileStore.Stored.self, from: bytes) else {
        preconditionFailure("the tiles of \(name) are damaged")
      }
      return KnownDevice(name: name, key: stored.key, entries: stored.entries)
    }
  }()

  /// The one that is most like a device: of its kind and with vectors as wide; of these those of its platform, then those whose
  /// processors have most of maker, family and model in common with its own, then those whose names have most words, then the one
  /// whose number of compute units is nearest.
  package static func nearest(to device: KnownDevice, among devices: [KnownDevice] = all) -> KnownDevice? {
    devices.compactMap { known in known.likeness(to: device).map { (known, $0) } }
      .reduce(nil) { (best: (KnownDevice, (Int, Int, Int, Double))?, next) in
        guard let best, best.1 >= next.1 else { return next }
        return best
      }?.0
  }
}
