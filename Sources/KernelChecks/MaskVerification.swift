import Device
import GraphExec

/// Pruning on the device: keys, selection, masks and counts, exactly as a sort on the host has them.
struct MaskVerification {
  let runner: any KernelRunner
  let report: VerifyReport
  let config: KernelConfig

  /// Prunes matrices of one shape: of distinct weights, of few values with many ties, of one value, and of values close
  /// together; each to two sparsities in turn.
  func verify(inputs: Int, outputs: Int, isThorough: Bool) {
    var random = RandomValues(seed: UInt64(inputs * 1000 + outputs))
    let weights = random.floats(inputs * outputs)
    let isLarge = weights.count > 10_000
    let few = isLarge || !isThorough
    let ties = ("ties", weights.map { ($0 * 2).rounded() / 2 })
    let distinct = ("distinct weights", weights)
    let equal = ("equal weights", weights.map { _ in -0.25 as Float })
    // They differ in their last twelve bits, so that every digit of the selection counts.
    let neighbouring = (
      "neighbouring weights",
      weights.indices.map { Float(bitPattern: (0.25 as Float).bitPattern + UInt32($0 * 37 % 4096)) }
    )
    let quick = [equal, neighbouring]
    let kinds = isLarge ? [ties, distinct] : quick + (isThorough ? [ties, distinct] : [])
    for unit in PruningUnit.allCases {
      let n = unit == .weight ? weights.count : outputs
      let counts = few ? [n * 2 / 3] : [0, 1, n / 3, n - 1, n]
      for (kind, values) in kinds {
        for count in Set(counts).sorted() {
          let name = "\(inputs)x\(outputs), \(count) of \(n), \(kind)"
          let part = MaskTrial.Part(
            inputs: inputs, outputs: outputs, span: unit == .weight ? 0 : 1, values, &random)
          var trial = MaskTrial(runner, report, config, ranked: [part])
          trial.prune(to: count, name: name)
          if !isLarge, count < n { trial.prune(to: (count + n) / 2, name: name + ", again") }
          trial.count(name: name)
        }
      }
    }
  }

  /// Prunes the units of a group: of a weight, of one in which a unit has two columns, and with a bias.
  func verifyGroup(units: Int) {
    var random = RandomValues(seed: UInt64(units))
    func part(_ inputs: Int, _ span: Int) -> MaskTrial.Part {
      // Few values, so that there are ties.
      let values = random.floats(inputs * units * span).map { ($0 * 2).rounded() / 2 }
      return MaskTrial.Part(inputs: inputs, outputs: units * span, span: span, values, &random)
    }
    var trial = MaskTrial(runner, report, config, ranked: [part(3, 1), part(9, 2)], others: [part(1, 1)])
    for count in [units / 3, units * 2 / 3] {
      trial.prune(to: count, name: "a group of \(units) units, \(count) of them")
    }
  }
}
