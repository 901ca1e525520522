import Device

/// The launches that prune one layer: keys, radix select, mask. See `mask.cl`.
package struct PruningPlan {
  /// In order.
  package let launches: [Launch]
  /// Scratch buffers that they need, by name.
  package let buffers: [String: Int]

  package init(layer: Int, network: Network, unit: PruningUnit, count: Int, config: KernelConfig) {
    let (inputs, outputs) = network.shape(of: layer)
    let ldw = leadingDimension(outputs)
    let small = SmallKernels(config)
    let candidates = unit == .neuron ? outputs : inputs * outputs
    var launches: [Launch] = []
    func append(_ kernel: String, _ arguments: [Launch.Argument], _ geometry: LaunchGeometry) {
      launches.append(
        Launch(
          label: "layer \(layer + 1) prune", file: "mask.cl", kernel: kernel,
          options: defines(small.maskMacros),
          arguments: arguments, geometry: geometry, tile: "", shape: "\(inputs)x\(outputs)", flops: 0,
          bytes: candidates * 4))
    }
    let sizes: [Launch.Argument] = [.int(inputs), .int(outputs), .int(ldw)]
    let weight = Launch.Argument.buffer("W\(layer)")
    let mask = Launch.Argument.buffer("mask\(layer)")
    let (keys, selection) = (Launch.Argument.buffer("keys"), Launch.Argument.buffer("selection"))
    let histograms = Launch.Argument.buffer("histograms")
    append(
      unit == .neuron ? "column_keys" : "weight_keys", sizes + [weight, mask, keys],
      unit == .neuron ? small.columns(ldw: ldw) : small.entries(inputs: inputs, ldw: ldw))
    for pass in 0..<3 {
      append(
        "select_histogram", [.int(candidates), .int(pass), keys, selection, histograms], small.histogram)
      append("select_digit", [.int(count), .int(pass), histograms, selection], small.selectOne)
    }
    append("select_cut", [.int(candidates), keys, histograms, selection], small.selectOne)
    append(
      "mask_apply",
      sizes + [.int(unit == .neuron ? 1 : 0), keys, selection, weight]
        + [.buffer("m\(layer)"), .buffer("v\(layer)"), mask],
      small.entries(inputs: inputs, ldw: ldw))
    self.launches = launches
    buffers = [
      "keys": (0..<network.depth).map { network.layers[$0] * network.layers[$0 + 1] * 4 }.max() ?? 4,
      "selection": SmallKernels.selectionBytes, "histograms": small.histogramBytes,
    ]
  }

  /// The launch that counts a layer's survivors and faults into four integers of `counts`.
  package static func count(layer: Int, network: Network, config: KernelConfig) -> Launch {
    let (inputs, outputs) = network.shape(of: layer)
    let ldw = leadingDimension(outputs)
    let small = SmallKernels(config)
    return Launch(
      label: "layer \(layer + 1) count", file: "mask.cl", kernel: "mask_count",
      options: defines(small.maskMacros),
      arguments: [
        .int(inputs), .int(outputs), .int(ldw), .buffer("W\(layer)"), .buffer("mask\(layer)"),
        .buffer("counts"),
      ], geometry: small.columns(ldw: ldw), tile: "", shape: "\(inputs)x\(outputs)", flops: 0,
      bytes: inputs * ldw * 5)
  }
}
