import Device

/// The launches that changes of a sparse weight's entries share: what becomes of it takes the place of what it was, and the
/// entries' order by rows follows. See `topology.cl`.
struct TopologyLaunches {
  static let starts = Launch.Argument.buffer(.scratch(.columnStarts))
  static let newRows = Launch.Argument.buffer(.scratch(.rowIndices))
  static let newValues = Launch.Argument.buffer(.scratch(.value))
  let small: SmallKernels
  private let weight: LayerWeight
  private let capacity: Int
  private let slots: [ParameterPart]

  /// - Parameters:
  ///   - capacity: at least as many entries as the weight has before and after.
  ///   - slots: the optimizer's, which entries take with them.
  init(_ weight: LayerWeight, capacity: Int, slots: [ParameterPart], config: KernelConfig) {
    (self.weight, self.capacity, self.slots) = (weight, capacity, slots)
    small = SmallKernels(config)
  }

  /// Bytes of the buffers for what becomes of it.
  var buffers: [BufferID: Int] {
    var buffers: [BufferID: Int] = [.scratch(.columnStarts): (weight.outputs + 1) * 4]
    for part in [.rowIndices, .value] + slotScratch { buffers[.scratch(part)] = max(capacity, 1) * 4 }
    return buffers
  }

  private var slotScratch: [PruningScratch] { slots.indices.map { .slot($0) } }
  var newSlots: [Launch.Argument] { slotScratch.map { .buffer(.scratch($0)) } }
  /// Of an entry: its row, its value and its slots.
  var entryBytes: Int { 8 + 4 * slots.count }
  /// Over the columns.
  var columns: LaunchGeometry { small.topologyColumns(weight.outputs) }

  /// The new entries in place of the old ones.
  var store: Launch {
    launch(
      "topology_store",
      [.int(capacity), .int(weight.outputs), Self.starts, Self.newRows, Self.newValues] + newSlots
        + [weight.buffer(.columnStarts), weight.buffer(.rowIndices)] + slots.map(weight.buffer)
        + [weight.buffer(.value)],
      small.topologyEntries(capacity), bytes: 2 * entryBytes * capacity)
  }

  /// The rows' order of them.
  var rows: [Launch] {
    let structure: [Launch.Argument] =
      [.int(weight.inputs), .int(weight.outputs), weight.buffer(.columnStarts), weight.buffer(.rowIndices)]
    let rows = small.topologyRows(weight.inputs)
    return [
      launch("topology_rows", structure + [weight.buffer(.rowStarts)], rows, bytes: 4 * capacity),
      starts(weight.inputs, weight.buffer(.rowStarts)),
      launch(
        "topology_row_entries", structure + [weight.buffer(.rowStarts), weight.buffer(.rowEntries)], rows,
        bytes: 12 * capacity),
    ]
  }

  /// Makes of so many counts where each begins.
  func starts(_ count: Int, _ starts: Launch.Argument) -> Launch {
    launch("topology_starts", [.int(count), starts], small.selectOne, bytes: 8 * count)
  }

  func launch(
    _ kernel: String, _ arguments: [Launch.Argument], _ geometry: LaunchGeometry, bytes: Int
  ) -> Launch {
    Launch(
      label: "\(weight.label) topology", file: "topology.cl", kernel: kernel,
      options: defines(small.topologyMacros(slots: slots.count)), arguments: arguments, geometry: geometry,
      shape: "\(weight.inputs)x\(weight.outputs)", flops: 0, bytes: bytes)
  }
}
