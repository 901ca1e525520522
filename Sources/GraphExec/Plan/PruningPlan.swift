import Device

/// The launches that prune the entries of a weight, or the units of a group: keys, radix select, masks. See `mask.cl`.
package struct PruningPlan {
  /// A parameter that is pruned.
  package struct Part: Sendable {
    let parameter: LayerWeight
    /// Its columns that are a unit, next to each other; 0 where each entry is a candidate by itself.
    let span: Int

    package init(_ parameter: LayerWeight, span: Int) {
      self.parameter = parameter
      self.span = span
    }

    private var ldw: Int { leadingDimension(parameter.outputs) }
    fileprivate var candidates: Int {
      span == 0 ? parameter.inputs * parameter.outputs : parameter.outputs / span
    }

    fileprivate func keys(
      isFirst: Bool, isLast: Bool, _ small: SmallKernels
    ) -> (kernel: String, arguments: [Launch.Argument], geometry: LaunchGeometry) {
      let operands = [parameter.buffer(.value), parameter.buffer(.mask), .buffer(.scratch(.keys))]
      guard span > 0 else {
        return (
          "weight_keys", [.int(parameter.inputs), .int(parameter.outputs), .int(ldw)] + operands,
          small.entries(inputs: parameter.inputs, ldw: ldw)
        )
      }
      let place = (isFirst ? 1 : 0) | (isLast ? 2 : 0)
      return (
        "unit_keys",
        [.int(parameter.inputs), .int(candidates), .int(ldw), .int(span), .int(place)] + operands,
        small.columns(ldw: leadingDimension(candidates))
      )
    }

    fileprivate func apply(slots: [ParameterPart], _ small: SmallKernels) -> (
      kernel: String, arguments: [Launch.Argument], geometry: LaunchGeometry
    ) {
      let sizes: [Launch.Argument] = [
        .int(parameter.inputs), .int(parameter.outputs), .int(ldw), .int(span),
      ]
      let selected: [Launch.Argument] = [.buffer(.scratch(.keys)), .buffer(.scratch(.selection))]
      return (
        "mask_apply",
        sizes + selected + ([.value] + slots + [.mask]).map(parameter.buffer),
        small.entries(inputs: parameter.inputs, ldw: ldw)
      )
    }
  }

  /// In order.
  package let launches: [Launch]
  /// Bytes of the scratch buffers that they need.
  package let buffers: [BufferID: Int]

  /// - Parameters:
  ///   - ranked: what candidates are ranked by, together: a weight, or the weights of a group of units.
  ///   - others: what else is masked with a unit.
  ///   - entries: the most that any weight of the model has, for which the scratch buffers are made.
  ///   - slots: the optimizer's, of which pruned entries are cleared.
  package init(
    ranking ranked: [Part], masking others: [Part] = [], count: Int, entries: Int, slots: [ParameterPart],
    config: KernelConfig
  ) {
    let small = SmallKernels(config)
    let candidates = ranked[0].candidates
    var launches: [Launch] = []
    func append(
      _ part: Part, _ kernel: String, _ arguments: [Launch.Argument], _ geometry: LaunchGeometry
    ) {
      let parameter = part.parameter
      launches.append(
        Launch(
          label: "\(parameter.label) prune", file: "mask.cl", kernel: kernel,
          options: defines(small.maskMacros + [("SLOTS", slots.count)]),
          arguments: arguments, geometry: geometry, tile: "",
          shape: "\(parameter.inputs)x\(parameter.outputs)", flops: 0, bytes: candidates * 4))
    }
    let keys = Launch.Argument.buffer(.scratch(.keys))
    let selection = Launch.Argument.buffer(.scratch(.selection))
    let histograms = Launch.Argument.buffer(.scratch(.histograms))
    for (index, part) in ranked.enumerated() {
      let (kernel, arguments, geometry) = part.keys(
        isFirst: index == 0, isLast: index == ranked.count - 1, small)
      append(part, kernel, arguments, geometry)
    }
    for pass in 0..<3 {
      append(
        ranked[0], "select_histogram", [.int(candidates), .int(pass), keys, selection, histograms],
        small.histogram)
      append(
        ranked[0], "select_digit", [.int(count), .int(pass), histograms, selection], small.selectOne)
    }
    append(ranked[0], "select_cut", [.int(candidates), keys, histograms, selection], small.selectOne)
    for part in ranked + others {
      let (kernel, arguments, geometry) = part.apply(slots: slots, small)
      append(part, kernel, arguments, geometry)
    }
    self.launches = launches
    buffers = [
      .scratch(.keys): entries * 4, .scratch(.selection): SmallKernels.selectionBytes,
      .scratch(.histograms): small.histogramBytes,
    ]
  }

  /// The launches that prune a weight's entries, or the units that its columns belong to.
  package init(
    _ weight: ParameterID, unit: PruningUnit, of network: Network, count: Int, slots: [ParameterPart],
    config: KernelConfig
  ) {
    func part(_ parameter: ParameterID, _ span: Int) -> Part {
      Part(LayerWeight(parameter, network[parameter]), span: span)
    }
    let entries = network.parameters.map(\.count).max() ?? 1
    guard unit == .neuron else {
      self.init(ranking: [part(weight, 0)], count: count, entries: entries, slots: slots, config: config)
      return
    }
    let owners = network.units(of: weight)
    self.init(
      ranking: owners.weights.map { part($0.parameter, $0.span) },
      masking: owners.others.map { part($0.parameter, $0.span) }, count: count, entries: entries,
      slots: slots, config: config)
  }

  /// The launch that counts a weight's survivors and faults into four integers of `counts`.
  package static func count(_ weight: LayerWeight, slots: [ParameterPart], config: KernelConfig) -> Launch {
    let (inputs, outputs) = (weight.inputs, weight.outputs)
    let ldw = leadingDimension(outputs)
    let small = SmallKernels(config)
    return Launch(
      label: "\(weight.label) count", file: "mask.cl", kernel: "mask_count",
      options: defines(small.maskMacros + [("SLOTS", slots.count)]),
      arguments: [
        .int(inputs), .int(outputs), .int(ldw), weight.buffer(.value), weight.buffer(.mask),
        .buffer(.scratch(.counts)),
      ], geometry: small.columns(ldw: ldw), tile: "", shape: "\(inputs)x\(outputs)", flops: 0,
      bytes: inputs * ldw * 5)
  }
}
