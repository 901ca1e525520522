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
    let isLarge = weights.count > (isThorough ? 10_000 : 1000)
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
    let units: [PruningUnit] = [.weight, .neuron, .block(rows: 3, columns: 2), .block(rows: 20, columns: 5)]
    for unit in units.prefix(isLarge ? 2 : units.count) {
      let n = candidates(inputs, outputs, unit)
      let counts = few ? [n * 2 / 3] : [0, 1, n / 3, n - 1, n]
      for (kind, values) in kinds {
        for count in Set(counts).sorted() {
          let name = "\(inputs)x\(outputs), \(count) of \(n), \(kind)"
          let part = MaskTrial.Part(
            inputs: inputs, outputs: outputs, block: block(unit), values, &random)
          var trial = MaskTrial(runner, report, config, unit, pools: [MaskTrial.Pool(ranked: [part])])
          trial.prune(to: count, name: name)
          if !isLarge, count < n { trial.prune(to: (count + n) / 2, name: name + ", again") }
          trial.count(name: name)
        }
      }
    }
  }

  /// Rows and columns of a candidate; all rows where none are given.
  private func block(_ unit: PruningUnit) -> (rows: Int?, columns: Int) {
    switch unit {
    case .weight, .group: (1, 1)
    case .neuron: (nil, 1)
    case .block(let rows, let columns): (rows, columns)
    }
  }

  private func candidates(_ inputs: Int, _ outputs: Int, _ unit: PruningUnit) -> Int {
    unit.grid(rows: inputs, columns: outputs).count
  }

  /// Prunes so many of each group of inputs.
  func verifyInputGroups(size: Int, groups: Int, outputs: Int) {
    var random = RandomValues(seed: UInt64(size * groups))
    // Few values, so that there are ties.
    let inputs = size * groups
    let values = random.floats(inputs * outputs).map { ($0 * 4).rounded() / 4 }
    let part = MaskTrial.Part(inputs: inputs, outputs: outputs, block: (1, 1), values, &random)
    var trial = MaskTrial(
      runner, report, config, .group(size: size), pools: [MaskTrial.Pool(ranked: [part])])
    for lost in [1, size / 2, size - 1] {
      trial.prune(
        to: lost * groups * outputs, name: "\(inputs)x\(outputs), \(size - lost) of each \(size) stay")
    }
  }

  /// Prunes the units of a group: of a weight, of one in which a unit has two columns, and with a bias.
  func verifyGroup(units: Int) {
    var random = RandomValues(seed: UInt64(units))
    func part(_ inputs: Int, _ span: Int) -> MaskTrial.Part {
      // Few values, so that there are ties.
      let values = random.floats(inputs * units * span).map { ($0 * 2).rounded() / 2 }
      return MaskTrial.Part(
        inputs: inputs, outputs: units * span, block: (nil, span), values, &random)
    }
    var trial = MaskTrial(
      runner, report, config, .neuron,
      pools: [MaskTrial.Pool(ranked: [part(3, 1), part(9, 2)], others: [part(1, 1)])])
    for count in [units / 3, units * 2 / 3] {
      trial.prune(to: count, name: "a group of \(units) units, \(count) of them")
    }
  }

  /// Prunes entries and units by every criterion but the first, which the other cases try.
  func verifyCriteria(inputs: Int, outputs: Int, isThorough: Bool) {
    for kind in Criteria.all.dropFirst() {
      for unit in kind.ranksWeights ? [PruningUnit.weight, .neuron] : [.neuron] {
        var random = RandomValues(seed: UInt64(inputs + outputs))
        let part = MaskTrial.Part(
          inputs: inputs, outputs: outputs, block: block(unit), random.floats(inputs * outputs), &random)
        let n = candidates(inputs, outputs, unit)
        var trial = MaskTrial(
          runner, report, config, unit, kind.init(), pools: [MaskTrial.Pool(ranked: [part])])
        // What is pruned already goes first by every criterion: the first one's cases have shown that.
        for count in isThorough ? [n / 3, n * 2 / 3] : [n / 3] {
          trial.prune(to: count, name: "\(inputs)x\(outputs), \(count) of \(n), \(kind.name)")
        }
      }
    }
  }

  /// Prunes candidates of several weights, and of groups of units, that are ranked together: with a minimum that each has
  /// anyway, with one that is in the way, and with one that leaves fewer to prune than are asked for.
  func verifyTogether(sizes: [(inputs: Int, outputs: Int)]) {
    for unit in [PruningUnit.weight, .neuron] {
      var random = RandomValues(seed: 5)
      func part(_ inputs: Int, _ outputs: Int, span: Int, scale: Float) -> MaskTrial.Part {
        // Few values, so that there are ties; those of the first weight are all smaller.
        let values = random.floats(inputs * outputs).map { ($0 * 4).rounded() / 4 * scale }
        return MaskTrial.Part(
          inputs: inputs, outputs: outputs, block: (block(unit).rows, span), values, &random)
      }
      let pools = sizes.enumerated().map { index, size in
        let scale: Float = index == 0 ? 0.01 : 1
        guard unit == .neuron else {
          return MaskTrial.Pool(ranked: [part(size.inputs, size.outputs, span: 1, scale: scale)])
        }
        return MaskTrial.Pool(
          ranked: [
            part(size.inputs, size.outputs, span: 1, scale: scale),
            part(3, 2 * size.outputs, span: 2, scale: scale),
          ], others: [part(1, size.outputs, span: 1, scale: 1)])
      }
      let n = sizes.reduce(0) { $0 + candidates($1.inputs, $1.outputs, unit) }
      for (minimum, counts) in [
        (0, [n / 2, n * 3 / 4]), (1, [n / 2, n * 3 / 4, n]), (5, [n * 2 / 3, n - 4]),
      ] {
        var trial = MaskTrial(runner, report, config, unit, pools: pools)
        for count in counts {
          trial.prune(
            to: count, keeping: minimum, name: "\(sizes.count) layers, \(count) of \(n), \(minimum) stay")
        }
      }
    }
  }
}
