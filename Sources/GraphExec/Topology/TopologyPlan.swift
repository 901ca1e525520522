import Device

/// The launches that change the topology of a sparse weight: see `topology.cl`.
package struct TopologyPlan {
  /// In order.
  package private(set) var launches: [Launch] = []
  private let weight: LayerWeight
  private let pattern: SparsePattern
  private let slots: [ParameterPart]
  private let shared: TopologyLaunches
  private var small: SmallKernels { shared.small }
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
    shared = TopologyLaunches(weight, capacity: pattern.count, slots: slots, config: config)
    let select = SelectionLaunches(config, slots: slots.count)
    appendDropping()
    launches += select.lowest(count, of: range(first: 0, entries), .always)
    appendGrowth(growth, bits)
    launches += select.lowest(count, of: range(first: entries, places), .always)
    appendMerge()
    if hasRows { launches += shared.rows }
  }

  /// The launches of an event of a model.
  init(_ event: TopologyEvent, of specification: ModelSpecification, hasRows: Bool, config: KernelConfig) {
    guard let pattern = specification.pattern(event.weight), let growth = specification.regrowth else {
      preconditionFailure("only the topology of a sparse weight of a model that regrows can change")
    }
    self.init(
      LayerWeight(event.weight, specification.network[event.weight]), pattern: pattern, hasRows: hasRows,
      count: event.count, growth: growth, bits: event.bits(seed: specification.seed),
      slots: specification.optimizer.slotParts, config: config)
  }

  /// Bytes of the scratch buffers that they need.
  package func buffers(_ config: KernelConfig) -> [BufferID: Int] {
    var buffers = SelectionLaunches.buffers(config)
    buffers[.scratch(.keys)] = (entries + places + SmallKernels.keysAfterLast) * 4
    return buffers.merging(shared.buffers) { $1 }
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

  private mutating func appendMerge() {
    let (starts, own) = (TopologyLaunches.starts, slots.map(weight.buffer))
    append(
      "topology_columns",
      extents + [first, weight.buffer(.columnStarts), Self.keys, Self.selection, starts], shared.columns,
      bytes: 4 * (places + entries))
    launches.append(shared.starts(weight.outputs, starts))
    append(
      "topology_merge",
      extents + [first, weight.buffer(.columnStarts), weight.buffer(.rowIndices), weight.buffer(.value)] + own
        + [Self.keys, Self.selection, starts, TopologyLaunches.newValues] + shared.newSlots
        + [TopologyLaunches.newRows],
      shared.columns, bytes: 4 * places + 2 * shared.entryBytes * entries)
    launches.append(shared.store)
  }

  private mutating func append(
    _ kernel: String, _ arguments: [Launch.Argument], _ geometry: LaunchGeometry, bytes: Int
  ) {
    launches.append(shared.launch(kernel, arguments, geometry, bytes: bytes))
  }
}
