import Device
import Foundation
import GraphExec

/// The kernels that keep an epoch going: `begin_epoch`, `begin_step` and `begin_batch`.
struct StepVerification {
  let runner: any KernelRunner
  let report: VerifyReport

  /// The progress of an epoch, and what each optimizer prepares near the first step and far from it.
  func verifyState() {
    let (images, batch) = (100, 32)
    for (step, cursor, count) in [(0, 0, 0), (1, 0, 32), (9, 64, 32), (999, 90, 10), (100_000, 100, 0)] {
      let state = Self.state(step: step, cursor: cursor, count: count)
      var next = state
      next.cursor = cursor + count
      next.count = min(max(images - cursor - count, 0), batch)
      verify(BatchLaunches.beginBatch(batch), state, expected: next, images: images)
      next.step = step + 1
      for optimizer in Optimizers.examples {
        let rate = Float(optimizer.learningRate)
        var prepared = next
        prepared.rule = optimizer.rule(step: step + 1, rate: rate)
        verify(
          BatchLaunches.beginStep(batch, optimizer: optimizer, rate: rate), state, expected: prepared,
          images: images)
      }
      var begun = state
      (begun.cursor, begun.count) = (0, 0)
      (begun.lossSum, begun.lossCarry) = (0, 0)
      (begun.correct, begun.seen) = (0, 0)
      verify(BatchLaunches.beginEpoch, state, expected: begun, images: images)
    }
  }

  /// A state in which every word has a value of its own.
  static func state(step: Int, cursor: Int, count: Int) -> StepState {
    var state = StepState(words: (0..<UInt32(StepState.wordCount)).map { Float($0 + 1).bitPattern })
    state.step = step
    state.cursor = cursor
    state.count = count
    return state
  }

  /// Compares all words exactly but the rule's, which take the roundings of `begin_step`: in Adam's bias corrections of
  /// the logarithm and its multiple, `expm1` (3 ulp), square root (3 ulp) and division (2.5 ulp); 16 u in all, and one of
  /// the expectation. Words that the rule does not have keep what they were.
  private func verify(_ launch: Launch, _ state: StepState, expected: StepState, images: Int) {
    report.attempt(launch.kernel, "any device", case: "step \(state.step)") {
      let buffer = try runner.buffer("state", state.words)
      try runner.run(launch, on: [.state: buffer], imageCount: images)
      var got = StepState(words: try buffer.read(UInt32.self))
      var worst = Comparison()
      for place in 0..<8 where expected.rule[place] != 0 {
        let value = Double(expected.rule[place])
        let bound = 17 * Expectation.unit * value.magnitude
        worst = worst.worse(Expectation.compare(Double(got.rule[place]), value, bound: bound))
      }
      got.rule = expected.rule
      return worst.worse(.exact(got.words, expected.words))
    }
  }
}

extension KernelConfig {
  /// The family alone, for kernels that the tile says nothing to.
  var familyName: String {
    switch kernels {
    case .cpu: "cpu"
    case .gpu: "gpu"
    }
  }
}

extension VerifyReport {
  /// Runs a case and records what it showed, errors too; unless nothing more is to be run.
  func attempt(
    _ kernel: String, _ configuration: String, case name: String, _ body: () throws -> Comparison
  ) {
    guard !isOver else { return }
    do {
      record(kernel, configuration, case: name, try body())
    } catch {
      record(kernel, configuration, case: name, error: error)
    }
  }
}
