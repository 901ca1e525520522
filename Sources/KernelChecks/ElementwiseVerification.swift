import GraphExec

/// The kernels of the unfused plan: ReLU, its gate, sums, mask and update.
struct ElementwiseVerification {
  let runner: any KernelRunner
  let report: VerifyReport

  /// Arrays of `count` entries, among them the values that a ReLU must not hide.
  func verify(count: Int) {
    var random = RandomValues(seed: UInt64(count))
    var x = random.floats(count)
    let dY = random.floats(count)
    for (index, value) in [Float.nan, -0.0, 0, .infinity, -.infinity, .leastNonzeroMagnitude].enumerated()
    where index < count { x[index] = value }
    let launches = ElementwiseLaunches(rows: 1, width: count)
    let cases: [(launch: Launch, expected: [Float])] = [
      // A NaN passes the gate.
      (launches.relu(.x, to: .out), x.map { $0 <= 0 ? 0 : $0 }),
      (launches.gate(.x, .dY, to: .out), zip(x, dY).map { $0 <= 0 ? 0 : $1 }),
      (launches.add(.x, .dY, to: .out), zip(x, dY).map { $0 + $1 }),
      (launches.fill(.out, with: -2.5), x.map { _ in -2.5 }),
    ]
    for (launch, expected) in cases {
      report.attempt(launch.kernel, "any device", case: "\(count) entries") {
        let out = try runner.buffer("the result", [Float](repeating: .nan, count: count))
        let buffers: [BufferID: any KernelBuffer] = [
          .x: try runner.buffer("x", x), .dY: try runner.buffer("dy", dY), .out: out,
        ]
        try runner.run(launch, on: buffers)
        var expectation = Expectation(exactly: expected, rows: 1, columns: count)
        // Devices are asked to take denormal numbers for zero, in operands too; the standard leaves it to them.
        for (index, value) in x.enumerated() where value.isSubnormal {
          expectation.bounds[index] = Double(abs(expected[index]))
        }
        return expectation.compare(try out.read(Float.self), stride: count)
      }
    }
    verifySum(x, dY, launches)
    verifyUpdate(count: count, gradient: x, &random)
  }

  /// Arrays that are added into another.
  private func verifySum(_ sum: [Float], _ part: [Float], _ launches: ElementwiseLaunches) {
    let launch = launches.add(.gradient, into: .out)
    report.attempt(launch.kernel, "any device", case: "\(sum.count) entries") {
      let out = try runner.buffer("the sum", sum)
      try runner.run(launch, on: [.gradient: try runner.buffer("g", part), .out: out])
      let expected = zip(sum, part).map { $0.isSubnormal ? $1 : $0 + $1 }
      return Expectation(exactly: expected, rows: 1, columns: sum.count).compare(
        try out.read(Float.self), stride: sum.count)
    }
  }

  /// Mask and update by each optimizer over a weight matrix of one row, whose padding is masked.
  private func verifyUpdate(count: Int, gradient x: [Float], _ random: inout RandomValues) {
    let ldw = leadingDimension(count)
    let config = KernelConfig.choose(for: runner.device, batchSize: 1)
    func launches(_ optimizer: any Optimizer) -> DenseLaunches {
      DenseLaunches(
        LayerWeight(inputs: 1, outputs: count), stride: 16, config: config, optimizer: optimizer)
    }
    func padded<T: Numeric & BitwiseCopyable>(_ name: String, _ values: [T]) throws -> any KernelBuffer {
      try runner.buffer(name, spread(values, columns: count, stride: ldw))
    }
    let mask = random.mask(count)
    report.attempt("mask_gradient", "any device", case: "\(count) entries") {
      let g = try padded("g", x)
      try runner.run(
        launches(Adam()).maskGradient(.gradient),
        on: [.weight(.mask): try padded("mask", mask), .gradient: g])
      let expected = zip(x, mask).map { $1 == 0 ? 0 : $0 }
      return Expectation(exactly: expected, rows: 1, columns: count).compare(
        try g.read(Float.self), stride: ldw)
    }
    for optimizer in Optimizers.examples {
      let rule = UpdateReference(optimizer)
      let (gradient, value) = (random.floats(count), random.matrix(1, count))
      let slots = optimizer.randomSlots(rows: 1, columns: count, &random)
      report.attempt("parameter_update", "any device, \(rule.name)", case: "\(count) entries") {
        var buffers: [BufferID: any KernelBuffer] = [
          .gradient: try padded("g", gradient), .weight(.value): try padded("W", value.values),
          .weight(.mask): try padded("mask", mask), .state: try runner.buffer("state", rule.state.words),
        ]
        for (slot, matrix) in slots.enumerated() {
          buffers[.weight(.slot(slot))] = try padded("slot \(slot)", matrix.values)
        }
        try runner.run(launches(optimizer).update(.gradient), on: buffers)
        let exact = Expectation(exactly: gradient, rows: 1, columns: count)
        return try rule.update(exact, value: value, slots: slots).masked(mask).compare { part, expected in
          expected.compare(try buffers[.weight(part)]?.read(Float.self) ?? [], stride: ldw)
        }
      }
    }
  }
}

extension Optimizers {
  /// Rules that between them use every option of every optimizer, and those of each number of slots that add up movement, too.
  static var examples: [any Optimizer] {
    var moving: [any Optimizer] = [Adam(), SGD(learningRate: 0.1, momentum: 0.9), SGD(learningRate: 0.1)]
    for index in moving.indices { moving[index].tracksMovement = true }
    return all.flatMap { $0.examples as [any Optimizer] } + moving
  }

  /// Those that a quick verification tries fused into the products: each rule's kernels once, and once what is built in
  /// for movement. What rules with the same kernels make of their numbers, and movement beside the others, is for the
  /// update by itself, which is quick.
  static var fusedExamples: [any Optimizer] {
    var seen: Set<String> = []
    let distinct = examples.filter { optimizer in
      let macros = optimizer.macros.map { "\($0)" }
      let isNew = seen.insert("\(type(of: optimizer).kernelFile) \(optimizer.ownSlots.count) \(macros)")
        .inserted
      return isNew || optimizer.tracksMovement && seen.insert("movement").inserted
    }
    return Array(distinct.dropFirst())
  }
}
