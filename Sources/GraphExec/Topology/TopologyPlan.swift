import Device

/// The launches that change the topology of a sparse weight: see `topology.cl`.
package struct TopologyPlan {
  /// In order.
  package private(set) var launches: [Launch] = []
  private let weight: LayerWeight
  private let pattern: SparsePattern
  private let slots: [ParameterPart]
  private let small: SmallKernels
  private var entries: Int { pattern.count }
  private var places: Int { weight.inputs * weight.outputs }

  /// - Parameters:
  ///   - pattern: entries that the weight had when its buffers were made; there are always as many.
  ///   - hasRows: whether the entries' order by rows is kept, too.
  ///   - slots: the optimizer's, which entries take with them.
  package init(
    _ weight: LayerWeight, pattern: SparsePattern, hasRows: Bool, count: Int, growth: Regrowth,
    bits: StepBits,
    slots: [ParameterPart], config: KernelConfig
  ) {
    precondition(
      pattern.count + weight.inputs * weight.outputs <= Int(Int32.max), "more keys than 32 bits can count")
    precondition(count <= pattern.count, "there are fewer entries than are to go")
    (self.weight, self.pattern, self.slots) = (weight, pattern, slots)
    small = SmallKernels(config)
    let select = SelectionLaunches(config, slots: slots.count)
    appendDropping()
    launches += select.lowest(count, of: range(first: 0, entries), .always)
    appendGrowth(growth, bits)
    launches += select.lowest(count, of: range(first: entries, places), .always)
    appendMerge()
    if hasRows { appendRows() }
  }

  /// The launches of an event of a model.
  init(_ event: TopologyEvent, of specification: ModelSpecification, hasRows: Bool, config: KernelConfig) {
    guard let pattern = specification.pattern(event.weight), let growth = specification.regrowth else {
      preconditionFailure("only the topology of a sparse weight of a model that regrows can change")
    }
    self.init(
      LayerWeight(event.weight, specification.network[event.weight]), pattern: pattern, hasRows: hasRows,
      count: event.count, growth: growth, bits: event.bits(seed: specification.seed),
      slots: specification.updates.optimizer.slotParts, config: config)
  }

  /// Bytes of the scratch buffers that they need.
  package func buffers(_ config: KernelConfig) -> [BufferID: Int] {
    var buffers = SelectionLaunches.buffers(config)
    buffers[.scratch(.keys)] = (entries + places + SmallKernels.keysAfterLast) * 4
    buffers[.scratch(.columnStarts)] = (weight.outputs + 1) * 4
    for part in [.rowIndices, .value] + slotScratch { buffers[.scratch(part)] = max(entries, 1) * 4 }
    return buffers
  }

  private func range(first: Int, _ count: Int) -> SelectionLaunches.Range {
    SelectionLaunches.Range(first: first, count: count, name: weight.label)
  }

  // MARK: keys

  private static let keys = SelectionLaunches.keys
  private static let selection = SelectionLaunches.selection
  private var extents: [Launch.Argument] { [.int(weight.inputs), .int(weight.outputs)] }
  /// Where the keys of the places begin.
  private var first: Launch.Argument { .int(entries) }

  private mutating func appendDropping() {
    append(
      "drop_keys", [.int(entries), weight.buffer(.value), Self.keys], small.topologyEntries(entries),
      bytes: 8 * entries)
  }

  private mutating func appendGrowth(_ growth: Regrowth, _ bits: StepBits) {
    switch growth {
    case .random:
      append(
        "growth_keys_random", [.int(places), first, bits.argument, Self.keys],
        small.topologyEntries(places), bytes: 4 * places)
    case .gradient:
      let ldw = leadingDimension(weight.outputs)
      append(
        "growth_keys_gradient", extents + [.int(ldw), first, weight.buffer(.gradient), Self.keys],
        small.topologySquares(inputs: weight.inputs, ldw: ldw), bytes: 8 * places)
    }
    append(
      "growth_close",
      extents + [first, weight.buffer(.columnStarts), weight.buffer(.rowIndices), Self.selection, Self.keys],
      small.topologyColumns(weight.outputs), bytes: 16 * entries)
  }

  // MARK: entries

  private var slotScratch: [PruningScratch] { slots.indices.map { .slot($0) } }
  private var newSlots: [Launch.Argument] { slotScratch.map { .buffer(.scratch($0)) } }
  private static let starts = Launch.Argument.buffer(.scratch(.columnStarts))
  private static let newRows = Launch.Argument.buffer(.scratch(.rowIndices))
  private static let newValues = Launch.Argument.buffer(.scratch(.value))

  private mutating func appendMerge() {
    let columns = small.topologyColumns(weight.outputs)
    let (entryBytes, own) = (8 + 4 * slots.count, slots.map(weight.buffer))
    append(
      "topology_columns",
      extents + [first, weight.buffer(.columnStarts), Self.keys, Self.selection, Self.starts], columns,
      bytes: 4 * (places + entries))
    appendStarts(weight.outputs, Self.starts)
    append(
      "topology_merge",
      extents + [first, weight.buffer(.columnStarts), weight.buffer(.rowIndices), weight.buffer(.value)] + own
        + [Self.keys, Self.selection, Self.starts, Self.newValues] + newSlots + [Self.newRows], columns,
      bytes: 4 * places + 2 * entryBytes * entries)
    append(
      "topology_store",
      [.int(entries), .int(weight.outputs), Self.starts, Self.newRows, Self.newValues] + newSlots
        + [weight.buffer(.columnStarts), weight.buffer(.rowIndices)] + own + [weight.buffer(.value)],
      small.topologyEntries(entries), bytes: 2 * entryBytes * entries)
  }

  private mutating func appendRows() {
    let structure = extents + [weight.buffer(.columnStarts), weight.buffer(.rowIndices)]
    let rows = small.topologyRows(weight.inputs)
    append("topology_rows", structure + [weight.buffer(.rowStarts)], rows, bytes: 4 * entries)
    appendStarts(weight.inputs, weight.buffer(.rowStarts))
    append(
      "topology_row_entries", structure + [weight.buffer(.rowStarts), weight.buffer(.rowEntries)], rows,
      bytes: 12 * entries)
  }

  private mutating func appendStarts(_ count: Int, _ starts: Launch.Argument) {
    append("topology_starts", [.int(count), starts], small.selectOne, bytes: 8 * count)
  }

  private mutating func append(
    _ kernel: String, _ arguments: [Launch.Argument], _ geometry: LaunchGeometry, bytes: Int
  ) {
    launches.append(
      Launch(
        label: "\(weight.label) topology", file: "topology.cl", kernel: kernel,
        options: defines(small.topologyMacros(slots: slots.count)), arguments: arguments, geometry: geometry,
        shape: "\(weight.inputs)x\(weight.outputs)", flops: 0, bytes: bytes))
  }
}
