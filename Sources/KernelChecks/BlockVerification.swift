import Device
import GraphExec
import Reference

/// `network_cpu.cl`: a layer by itself in every form, for blocks of each kind, and what is packed for it; and the losses of
/// several batches.
///
/// That a network of many layers has the bits of its layers one by one is for the engine's tests.
struct BlockVerification {
  let runner: any KernelRunner
  let report: VerifyReport
  let config: KernelConfig
  /// Images of a block.
  let images: Int

  /// A linear layer of random operands.
  ///
  /// - Parameter density: share of the entries that survive; nil for a dense weight.
  func verify(_ shape: MatmulShape, density: Double?) {
    let operands = MatmulOperands(shape, density: density)
    let mask = density.map { _ in operands.mask }
    let product = { Network.Layer("product", Linear(outputs: shape.outputs, bias: $0)) }
    verify(
      Case(
        shape.description, Shape(shape.inputs), [product(true), Network.Layer("relu", ReLU())], shape.batch),
      .floats, images: shape.images, weights: operands.weights, bias: operands.bias, mask, x: operands.x,
      operands.biasedForward.relu)
    var bytes = operands.x
    for i in bytes.values.indices { bytes.values[i] = Float(i * 37 % 256) }
    verify(
      Case(shape.description, Shape(shape.inputs), [product(false)], shape.batch), .bytes,
      images: shape.images,
      weights: operands.weights, bias: nil, mask, x: bytes,
      Expectation(GroundTruth.forward(weights: operands.weights, x: bytes)))
  }

  /// A convolution of random operands.
  func verify(_ shape: ConvolutionShape, density: Double?) {
    let operands = ConvolutionOperands(shape, density: density ?? 1)
    let own = shape.convolution
    let convolution = Conv2D(
      outputs: own.outputs, kernel: own.kernel, stride: own.stride, padding: own.padding, bias: true)
    // Of a long line several windows are taken at a time, where there is no padding.
    let window = PoolWindow(kernel: 2, padding: shape.output.width < 8 ? 1 : 0)
    let layers = [
      Network.Layer("product", convolution), Network.Layer("pool", MaxPool(window)),
      Network.Layer("flatten", Flatten()),
    ]
    verify(
      Case("\(shape.description), pooled", shape.input, layers, shape.batch), .floats, images: shape.images,
      weights: operands.weights, bias: operands.bias, density.map { _ in operands.mask }, x: operands.x,
      operands.biased.pooled(window, shape.output))
  }

  private struct Case {
    let name: String
    let input: Shape
    let layers: [Network.Layer]
    let batch: Int

    init(_ name: String, _ input: Shape, _ layers: [Network.Layer], _ batch: Int) {
      (self.name, self.input, self.layers, self.batch) = (name, input, layers, batch)
    }
  }

  /// - Parameter x: what the network sees, `[features, batch]`.
  private func verify(
    _ of: Case, _ input: Plan.Input, images count: Int, weights: Matrix, bias: [Float]?, _ mask: [UInt8]?,
    x: Matrix, _ expected: Expectation
  ) {
    verify(
      of, BlockForm(images: images, groups: 2), input, images: count, weights: weights, bias: bias, mask,
      x: x, expected)
    guard images <= KernelConfig.mostSharedImages else { return }
    verify(
      of, BlockForm(images: images, groups: 2, part: 1), input, images: min(count, images),
      weights: weights, bias: bias, mask, x: x, expected)
  }

  private func verify(
    _ of: Case, _ form: BlockForm, _ input: Plan.Input, images count: Int, weights: Matrix, bias: [Float]?,
    _ mask: [UInt8]?, x: Matrix, _ expected: Expectation
  ) {
    let batch = of.batch
    let type = input == .bytes ? "bytes" : "floats"
    let kernels =
      ["network_pack", "network_copy"] + (mask == nil ? [] : ["network_gather"])
      + [form.part != nil ? "network_share_\(type)" : "network_\(type)"]
    let kind = mask == nil ? "dense" : "CSR"
    let configuration = "cpu \(config.width) wide, blocks of \(images)"
    report.attempt(kernels.joined(separator: ", "), configuration, case: "\(of.name), \(kind)") {
      let whole = try Network(input: of.input, layers: of.layers)
      let pattern = mask.map { SparsePattern(mask: $0, rows: weights.rows, columns: weights.columns) }
      var specification = ModelSpecification(
        network: whole, batchSize: batch,
        formats: [pattern.map { .sparse($0) } ?? .dense] + (bias == nil ? [] : [.dense]))
      specification.trains = false
      let layered = try Plan(
        ForwardPass(whole).evaluation, specification: specification, config: config, input: input)
      guard
        let plan = layered.inBlocks(form, ofSet: count, specification)
      else { throw GraphError("the network has no form in blocks") }
      var buffers = try operandBuffers(plan)
      let values = pattern.map { SparseStructure($0).gather(weights) }
      let ldw = leadingDimension(weights.columns)
      buffers[.weight(.value)] = try runner.buffer(
        "weights", stored(values ?? spread(weights.values, columns: weights.columns, stride: ldw)))
      if let bias {
        buffers[.bias] = try runner.buffer("bias", spread(bias, columns: bias.count, stride: ldw))
      }
      let pixels = (0..<count).flatMap { image in (0..<x.rows).map { x.values[$0 * x.columns + image] } }
      buffers[.images] =
        try input == .bytes
        ? runner.buffer("images", pixels.map { UInt8($0) }) : runner.buffer("images", pixels)
      let scales = [Float](repeating: 1, count: x.rows) + [Float](repeating: 0, count: x.rows)
      buffers[.scales] = try runner.buffer("scales", scales)
      buffers[.order] = try runner.buffer("order", (0..<Int32(count)).map { $0 })
      for (id, places) in plan.preparationTables { buffers[id] = try runner.buffer("\(id)", places) }
      for launch in plan.preparation { try runner.run(launch, on: buffers, imageCount: count) }
      // Twice: the first launch leaves the counters as the second needs them.
      let network = plan.launches.prefix { $0.file == config.blockFile }
      for launch in network { try runner.run(launch, on: buffers, imageCount: count) }
      buffers[.blocks(.outputs)] = try operandBuffers(plan)[.blocks(.outputs)]
      for launch in network { try runner.run(launch, on: buffers, imageCount: count) }
      let outputs = try buffers[.blocks(.outputs)]?.read(Float.self) ?? []
      return expected.firstColumns(count).compare(outputs, stride: plan.batchStride)
    }
  }

  /// Everything that a plan names, with nothing in it that a kernel could take for a result.
  private func operandBuffers(_ plan: Plan) throws -> [BufferID: any KernelBuffer] {
    var buffers: [BufferID: any KernelBuffer] = [:]
    for (id, bytes) in plan.buffers {
      let isZero = id == .blocks(.counters) || id == .blocks(.slots) || id == .state
      buffers[id] = try runner.buffer(
        "\(id)", plan.tables[id] ?? [UInt32](repeating: isZero ? 0 : Float.nan.bitPattern, count: bytes / 4))
    }
    return buffers
  }
}

extension KernelConfig {
  /// Floats of a vector of a CPU's.
  var width: Int { if case .cpu(let tiles) = kernels { tiles.width } else { 1 } }
}

extension Expectation {
  /// The largest values of windows of images of a shape; the error of one is at most the largest there.
  fileprivate func pooled(_ window: PoolWindow, _ shape: Shape) -> Expectation {
    let height = (shape.height + 2 * window.padding - window.kernel) / window.stride + 1
    let width = (shape.width + 2 * window.padding - window.kernel) / window.stride + 1
    var (values, bounds): ([Double], [Double]) = ([], [])
    for pixel in 0..<shape.channels * height * width {
      let (channel, y, x) = (pixel / (height * width), pixel / width % height, pixel % width)
      func inside(_ at: Int, _ size: Int) -> Range<Int> {
        let first = at * window.stride - window.padding
        return max(first, 0)..<min(first + window.kernel, size)
      }
      let rows = inside(y, shape.height).flatMap { y in
        inside(x, shape.width).map { (channel * shape.height + y) * shape.width + $0 }
      }
      for image in 0..<columns {
        let entries = rows.map { $0 * columns + image }
        values.append(entries.map { self.values[$0] }.max() ?? -.infinity)
        bounds.append(entries.map { self.bounds[$0] }.max() ?? 0)
      }
    }
    return Expectation(
      rows: shape.channels * height * width, columns: columns, values: values, bounds: bounds)
  }

  /// The same of the first columns, with nothing said of what follows.
  fileprivate func firstColumns(_ count: Int) -> Expectation {
    func first<T>(_ entries: [T]) -> [T] {
      (0..<rows).flatMap { entries[$0 * columns..<$0 * columns + count] }
    }
    var result = Expectation(rows: rows, columns: count, values: first(values), bounds: first(bounds))
    result.zerosFollow = false
    return result
  }
}
