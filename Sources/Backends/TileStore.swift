import Device
import Files
import GraphExec

/// Where the tiles that `whittle tune` finds are kept: in the person's cache folder, a file for each device.
package struct TileStore {
  private let device: ComputeDevice
  private let key: [String: String]
  private let say: (String) -> Void
  /// The file.
  package let path: String

  /// What tiles were found with, and for which products; also the form of the tables that ship.
  struct Stored: Codable {
    let key: [String: String]
    var entries: [TileTable.Entry]
  }

  /// - Parameter say: told what is wrong with a file that is not used, or not all of it.
  /// - Throws: `KernelSourceMissing`.
  package init(
    _ device: ComputeDevice, sources: KernelSources, say: @escaping (String) -> Void = ErrorStream.warn
  ) throws {
    self.device = device
    self.say = say
    key = [
      "device": device.name, "platform": device.platformName, "driver": device.driverVersion,
      "kind": device.kind.rawValue, "processor": device.processor, "float width": "\(device.floatWidth)",
      "compute units": "\(device.computeUnits)", "kernels": try sources.digest(),
      "candidates": FNV1a.digest(of: KernelConfig.candidates.utf8),
    ]
    path = CacheFolder.path("tiles", key)
  }

  /// What was found on this device, and what is known of the nearest one of those that ship.
  package var tables: [TileTable] {
    let this = KnownDevice(name: device.name, key: key, entries: [])
    return [own(say)] + (KnownDevices.nearest(to: this).map { [$0.table] } ?? [])
  }

  /// What was found on this device, with this driver, and these kernels and candidates. Entries that are damaged are left out,
  /// with one warning.
  private func own(_ say: (String) -> Void) -> TileTable {
    let stored: Stored?
    do {
      stored = try CacheFolder.read(path)
    } catch {
      say("\(path): damaged, and not used; 'whittle tune' finds the tiles again")
      return TileTable(entries: [])
    }
    guard let stored else { return TileTable(entries: []) }
    guard stored.key == key else {
      say("\(path): of another device, driver or version of the kernels, and not used; remove it")
      return TileTable(entries: [])
    }
    let usable = stored.entries.filter { Self.fault(of: $0, on: device) == nil }
    if let first = stored.entries.first(where: { Self.fault(of: $0, on: device) != nil }) {
      let count = stored.entries.count - usable.count
      say(
        "\(path): \(count) of \(stored.entries.count) entries are damaged, and not used, the first for "
          + "\(first.product.sizes): \(Self.fault(of: first, on: device) ?? "")")
    }
    return TileTable(entries: usable)
  }

  /// What is wrong with an entry; nil where a product can have these tiles.
  static func fault(of entry: TileTable.Entry, on device: some DeviceTraits) -> String? {
    let configs = KernelConfig.Family.allCases.map {
      // Whoever damaged it may have any number there.
      KernelConfig.choose(for: device, batchSize: min(max(entry.product.columns, 1), 1 << 20), family: $0)
    }
    let config = configs.first { $0.matmulFile == entry.product.kernels } ?? configs[0]
    return config.fault(of: entry, on: device)
  }

  /// Adds an entry to what was found before.
  ///
  /// - Throws: `FileError` where the folder cannot be written.
  package func keep(_ entry: TileTable.Entry) throws {
    // Read again: another search may have written since, and what is wrong has been said.
    var table = own { _ in }
    table.keep(entry)
    try FileSystem.createFolder(FileSystem.folder(of: path))
    try CacheFolder.write(Stored(key: key, entries: table.entries), to: path)
  }
}
