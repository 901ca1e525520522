import Device

/// The launches that prune candidates which are ranked together: keys, radix select, masks. See `keys.cl` and `mask.cl`.
package struct PruningPlan {
  /// In order.
  package private(set) var launches: [Launch] = []
  /// Bytes of the scratch buffers that they need.
  package let buffers: [BufferID: Int]
  private let pools: [CandidatePool]
  /// Where the keys of each pool begin.
  private let firsts: [Int]
  private let small: SmallKernels
  private let slots: [ParameterPart]
  private let select: SelectionLaunches

  /// - Parameters:
  ///   - pools: the candidates, weight by weight or group by group.
  ///   - event: how many of them are pruned; its weights are those of the pools.
  ///   - groups: of what each is to lose as many; nil where all are ranked together.
  ///   - entries: the most candidates that any other event has, for which the scratch buffers are made.
  ///   - slots: the optimizer's, of which pruned entries are cleared.
  package init(
    _ pools: [CandidatePool], _ event: PruningEvent, groups: InputGroups? = nil, ranking: Ranking,
    entries: Int,
    slots: [ParameterPart], config: KernelConfig
  ) {
    let total = pools.reduce(0) { $0 + $1.count }
    precondition(total <= Int(Int32.max), "more candidates than 32 bits can count")
    self.pools = pools
    self.slots = slots
    small = SmallKernels(config)
    select = SelectionLaunches(config, slots: slots.count)
    firsts = pools.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }.dropLast()
    buffers = [
      .scratch(.keys): max(entries, total) * 4
    ].merging(SelectionLaunches.buffers(config)) { $1 }
    let all = SelectionLaunches.Range(first: 0, count: total, name: Self.name(of: pools))
    let count = event.count(of: pools.map(\.count))
    for index in pools.indices { appendKeys(index, ranking) }
    if let groups {
      appendGroups(groups, count: event.count / (groups.count * pools[0].ranked[0].parameter.outputs))
      return
    }
    launches += select.lowest(count, of: all, .always)
    keepMinimum(event.minimumSurvivors, count: count, among: all)
    for index in pools.indices { appendMasks(index) }
  }

  /// The launches of an event of a model.
  package init(_ event: PruningEvent, of specification: ModelSpecification, config: KernelConfig) {
    self.init(
      specification.pools(of: event), event, groups: specification.network.groups(of: event),
      ranking: specification.ranking,
      entries: specification.network.parameters.map(\.count).max() ?? 1,
      slots: specification.optimizer.slotParts, config: config)
  }

  // MARK: keys

  private mutating func appendKeys(_ index: Int, _ ranking: Ranking) {
    let (pool, first) = (pools[index], firsts[index])
    for (place, part) in pool.ranked.enumerated() {
      let (parameter, ldw) = (part.parameter, leadingDimension(part.parameter.outputs))
      let needsGradients = ranking.criterion.needsGradients
      let parts: [ParameterPart] =
        [ranking.criterion.ranked(slots)] + (needsGradients ? [.gradient] : []) + [.mask]
      let operands = parts.map(parameter.buffer) + [Self.keys]
      let (inputs, outputs) = (parameter.inputs, parameter.outputs)
      let isEntry = pool.isOfEntries
      let ends = (place == 0 ? 1 : 0) | (place == pool.ranked.count - 1 ? 2 : 0)
      let factor = pools.count > 1 ? pool.meanFactor : 1
      let sizes: [Launch.Argument] =
        isEntry
        ? [.int(inputs), .int(outputs), .int(ldw), .int(first), pool.bits.argument]
        : [
          .int(inputs), .int(outputs), .int(ldw), .int(part.grid.blockRows), .int(part.grid.blockColumns),
          .int(ends), .int(first), .float(factor), pool.bits.argument,
        ]
      launches.append(
        Launch(
          label: "\(parameter.label) prune", file: "keys.cl", prelude: ranking.prelude,
          kernel: isEntry ? "weight_keys" : "block_keys",
          options: defines(small.keyMacros(needsGradients: needsGradients)),
          arguments: sizes + operands,
          geometry: isEntry
            ? small.entries(inputs: inputs, ldw: ldw)
            : small.columns(ldw: leadingDimension(pool.count)),
          tile: "", shape: "\(inputs)x\(outputs)", flops: 0,
          bytes: inputs * ldw * (needsGradients ? 9 : 5) + pool.count * 4))
    }
  }

  // MARK: selection

  private static let keys = SelectionLaunches.keys
  private static let selection = SelectionLaunches.selection

  private static func name(of pools: [CandidatePool]) -> String {
    pools.count == 1 ? pools[0].ranked[0].parameter.label : "\(pools.count) layers"
  }

  /// Selects again, with the best of each pool out of reach, where a pool would keep too few.
  private mutating func keepMinimum(_ minimum: Int, count: Int, among all: SelectionLaunches.Range) {
    // A pool by itself keeps enough by the count; and so does one that could lose all of it.
    let endangered = pools.indices.filter { pools.count > 1 && pools[$0].count - minimum < count }
      .map {
        SelectionLaunches.Range(first: firsts[$0], count: pools[$0].count, name: Self.name(of: [pools[$0]]))
      }
    guard minimum > 0, !endangered.isEmpty else { return }
    for pool in endangered {
      launches.append(select.check(pool, keeps: min(minimum, pool.count)))
    }
    for pool in endangered {
      launches += select.lowest(max(pool.count - minimum, 0), of: pool, .ifShort)
      launches.append(select.protect(pool))
    }
    launches += select.lowest(count, of: all, .ifShort)
  }

  // MARK: masks

  private mutating func appendMasks(_ index: Int) {
    for part in pools[index].ranked + pools[index].others {
      let (parameter, ldw) = (part.parameter, leadingDimension(part.parameter.outputs))
      append(
        parameter.label, "mask_apply",
        [
          .int(parameter.inputs), .int(parameter.outputs), .int(ldw), .int(part.grid.blockRows),
          .int(part.grid.blockColumns), .int(firsts[index]), Self.keys, Self.selection,
        ] + ([.value] + slots + [.mask]).map(parameter.buffer),
        small.entries(inputs: parameter.inputs, ldw: ldw), shape: "\(parameter.inputs)x\(parameter.outputs)",
        bytes: parameter.inputs * ldw * (5 + 4 * slots.count))
    }
  }

  /// Masks as many of each group of inputs.
  private mutating func appendGroups(_ groups: InputGroups, count: Int) {
    let parameter = pools[0].ranked[0].parameter
    let ldw = leadingDimension(parameter.outputs)
    append(
      parameter.label, "mask_groups",
      [
        .int(parameter.inputs), .int(parameter.outputs), .int(ldw), .int(groups.size), .int(groups.distance),
        .int(count), Self.keys,
      ] + ([.value] + slots + [.mask]).map(parameter.buffer),
      small.entries(inputs: groups.count, ldw: ldw), shape: "\(parameter.inputs)x\(parameter.outputs)",
      bytes: parameter.inputs * ldw * (5 + 4 * slots.count))
  }

  private mutating func append(
    _ name: String, _ kernel: String, _ arguments: [Launch.Argument], _ geometry: LaunchGeometry,
    shape: String,
    bytes: Int
  ) {
    launches.append(
      Launch(
        label: "\(name) prune", file: "mask.cl", kernel: kernel,
        options: defines(small.maskMacros(slots: slots.count)), arguments: arguments, geometry: geometry,
        tile: "", shape: shape, flops: 0, bytes: bytes))
  }

  /// The launch that counts a weight's survivors and faults into four integers of `counts`.
  package static func count(_ weight: LayerWeight, slots: [ParameterPart], config: KernelConfig) -> Launch {
    let (inputs, outputs) = (weight.inputs, weight.outputs)
    let ldw = leadingDimension(outputs)
    let small = SmallKernels(config)
    return Launch(
      label: "\(weight.label) count", file: "mask.cl", kernel: "mask_count",
      options: defines(small.maskMacros(slots: slots.count)),
      arguments: [
        .int(inputs), .int(outputs), .int(ldw), weight.buffer(.value), weight.buffer(.mask),
        .buffer(.scratch(.counts)),
      ], geometry: small.columns(ldw: ldw), tile: "", shape: "\(inputs)x\(outputs)", flops: 0,
      bytes: inputs * ldw * 5)
  }
}
