import Device

/// The launches that prune one weight: keys, radix select, mask. See `mask.cl`.
package struct PruningPlan {
  /// In order.
  package let launches: [Launch]
  /// Bytes of the scratch buffers that they need.
  package let buffers: [BufferID: Int]

  /// - Parameters:
  ///   - entries: the most that any weight of the model has, for which the scratch buffers are made.
  ///   - slots: the optimizer's, of which pruned entries are cleared.
  package init(
    _ weight: LayerWeight, unit: PruningUnit, count: Int, entries: Int, slots: [ParameterPart],
    config: KernelConfig
  ) {
    let (inputs, outputs) = (weight.inputs, weight.outputs)
    let ldw = leadingDimension(outputs)
    let small = SmallKernels(config)
    let candidates = unit == .neuron ? outputs : inputs * outputs
    var launches: [Launch] = []
    func append(_ kernel: String, _ arguments: [Launch.Argument], _ geometry: LaunchGeometry) {
      launches.append(
        Launch(
          label: "\(weight.label) prune", file: "mask.cl", kernel: kernel,
          options: defines(small.maskMacros + [("SLOTS", slots.count)]),
          arguments: arguments, geometry: geometry, tile: "", shape: "\(inputs)x\(outputs)", flops: 0,
          bytes: candidates * 4))
    }
    let sizes: [Launch.Argument] = [.int(inputs), .int(outputs), .int(ldw)]
    let (values, mask) = (weight.buffer(.value), weight.buffer(.mask))
    let keys = Launch.Argument.buffer(.scratch(.keys))
    let selection = Launch.Argument.buffer(.scratch(.selection))
    let histograms = Launch.Argument.buffer(.scratch(.histograms))
    append(
      unit == .neuron ? "column_keys" : "weight_keys", sizes + [values, mask, keys],
      unit == .neuron ? small.columns(ldw: ldw) : small.entries(inputs: inputs, ldw: ldw))
    for pass in 0..<3 {
      append(
        "select_histogram", [.int(candidates), .int(pass), keys, selection, histograms], small.histogram)
      append("select_digit", [.int(count), .int(pass), histograms, selection], small.selectOne)
    }
    append("select_cut", [.int(candidates), keys, histograms, selection], small.selectOne)
    append(
      "mask_apply",
      sizes + [.int(unit == .neuron ? 1 : 0), keys, selection, values]
        + slots.map(weight.buffer) + [mask],
      small.entries(inputs: inputs, ldw: ldw))
    self.launches = launches
    buffers = [
      .scratch(.keys): entries * 4, .scratch(.selection): SmallKernels.selectionBytes,
      .scratch(.histograms): small.histogramBytes,
    ]
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
