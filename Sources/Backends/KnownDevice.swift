import Device
import GraphExec

/// A device that tiles were found on.
package struct KnownDevice: Sendable, Equatable {
  /// Its name, for people.
  package let name: String
  package let table: TileTable
  package let kind: ComputeDevice.Kind
  package let floatWidth: Int
  private let platform: String
  /// Its processor's maker, family and model, as far as they are known.
  private let processor: [Substring]
  private let words: Set<String>
  private let computeUnits: Int

  /// - Parameter key: what its tiles were found with, as `TileStore` has it; what it lacks is like no device's.
  package init(name: String, key: [String: String], entries: [TileTable.Entry]) {
    self.name = name
    table = TileTable(device: name, entries: entries)
    kind = key["kind"].flatMap(ComputeDevice.Kind.init) ?? .accelerator
    floatWidth = key["float width"].flatMap { Int($0) } ?? 0
    platform = key["platform"] ?? ""
    processor = (key["processor"] ?? "").split(separator: ",")
    words = Set((key["device"] ?? "").lowercased().split { !$0.isLetter && !$0.isNumber }.map { String($0) })
    computeUnits = key["compute units"].flatMap { Int($0) } ?? 1
  }

  /// How like another device it is: its platform, how much of maker, family and model it has in common, the words of its name and
  /// its number of compute units, to be compared in this order; nil where its tiles would be of no use.
  func likeness(to other: KnownDevice) -> (Int, Int, Int, Double)? {
    guard kind == other.kind, floatWidth == other.floatWidth else { return nil }
    let (fewer, more) = (min(computeUnits, other.computeUnits), max(computeUnits, other.computeUnits))
    return (
      platform == other.platform ? 1 : 0, zip(processor, other.processor).prefix { $0 == $1 }.count,
      words.intersection(other.words).count, Double(max(fewer, 1)) / Double(max(more, 1))
    )
  }
}
