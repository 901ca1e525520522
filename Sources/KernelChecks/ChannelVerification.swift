import GraphExec

/// Sums over channels, and batch norm.
struct ChannelVerification {
  let runner: any KernelRunner
  let report: VerifyReport
  let config: KernelConfig

  /// A tensor of the first shape, tensors with borders of their own beside it, and the last batch of an epoch.
  func verify(_ shape: Shape, batch: Int, images: Int) {
    let operands = ChannelOperands(shape, stride: config.stride(forBatch: batch), images: images)
    let launches = ChannelLaunches(
      operands.xLayout, label: "layer", stride: operands.stride, config: config)
    sums(operands, launches)
    forward(operands, launches)
    apply(operands, launches)
    backward(operands, launches)
  }

  private func attempt(
    _ launches: Launch..., on operands: ChannelOperands,
    _ check: ([BufferID: any KernelBuffer]) throws -> Comparison
  ) {
    let names = launches.map(\.kernel).joined(separator: ", ")
    report.attempt(names, config.familyName, case: operands.name) {
      let buffers = try operands.buffers(runner)
      for launch in launches { try runner.run(launch, on: buffers) }
      return try check(buffers)
    }
  }

  /// Compares vectors of channels.
  private func compare(
    _ buffers: [BufferID: any KernelBuffer], _ expected: [(BufferID, values: [Double], bounds: [Double])]
  ) throws -> Comparison {
    try expected.reduce(Comparison()) { worst, vector in
      var expectation = Expectation(
        rows: 1, columns: vector.values.count, values: vector.values, bounds: vector.bounds)
      expectation.zerosFollow = false
      return worst.worse(expectation.compare(try buffers[vector.0]?.read(Float.self) ?? [], stride: 0))
    }
  }

  private func sums(_ operands: ChannelOperands, _ launches: ChannelLaunches) {
    let sums = operands.channels { operands.sum($0) { dY, _ in dY } }
    attempt(
      ChannelLaunches(operands.dYLayout, label: "layer", stride: operands.stride, config: config).sums(
        .dY, to: .dShift), on: operands
    ) { try compare($0, [(.dShift, sums.map(\.sum), sums.map(\.bound))]) }
  }

  private func forward(_ operands: ChannelOperands, _ launches: ChannelLaunches) {
    let (operation, results) = (BatchNorm(momentum: 0.25, epsilon: 1e-3), ChannelResults(of: .norm))
    let parameters: [BufferID] = [.scale, .shift, .runningMean, .runningVariance]
    let statistics = operands.channels { operands.statistics(of: $0, operation) }
    attempt(
      launches.moments(.x, to: .partialSums),
      launches.statistics(operation, .partialSums, parameters, to: results), on: operands
    ) { buffers in
      try compare(
        buffers,
        ChannelOperands.Statistic.allCases.map { statistic in
          let values = statistics.map { $0[statistic] ?? (.nan, 0) }
          return (statistic.buffer, values.map(\.0), values.map(\.1))
        })
    }
    let folded = operands.channels { operands.folded($0, epsilon: 1e-3) }
    attempt(launches.fold(epsilon: 1e-3, parameters, to: results), on: operands) {
      try compare(
        $0,
        [
          (
            .channels(.norm, .factor), folded.map(\.factor),
            folded.map { 8 * Expectation.unit * abs($0.factor) }
          ),
          (.channels(.norm, .offset), folded.map(\.offset), folded.map(\.bound)),
        ])
    }
  }

  private func apply(_ operands: ChannelOperands, _ launches: ChannelLaunches) {
    for (adds, relu) in [(false, false), (false, true), (true, false), (true, true)] {
      let launch = launches.apply(
        ChannelResults(of: .norm), .x,
        adding: adds ? TensorOperand(.other, operands.dYLayout) : nil, relu: relu,
        to: TensorOperand(.out, operands.outLayout))
      attempt(launch, on: operands) { try operands.compareApplied($0, adds: adds, relu: relu) }
    }
  }

  private func backward(_ operands: ChannelOperands, _ launches: ChannelLaunches) {
    let results = ChannelResults(of: .norm)
    let dY = TensorOperand(.dY, operands.dYLayout)
    for gated in [false, true] {
      let sums = operands.channels { operands.gradients(of: $0, gated: gated) }
      attempt(
        launches.gradientSums(results, .x, dY, gated: gated, to: .partialSums),
        launches.gradients(results, .partialSums, to: .dScale, .dShift), on: operands
      ) {
        try compare(
          $0,
          [
            (.dShift, sums.map(\.shift.sum), sums.map(\.shift.bound)),
            (.dScale, sums.map(\.scale.sum), sums.map(\.scale.bound)),
          ])
      }
      let launch = launches.inputGradient(
        results, .dScale, .dShift, .x, dY, gated: gated,
        to: TensorOperand(.out, operands.outLayout))
      attempt(launch, on: operands) { try operands.compareInputGradient($0, gated: gated) }
    }
  }
}
