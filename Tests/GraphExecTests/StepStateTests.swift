import Device
import GraphExec
import Testing

/// The host's names for the words of a step's state are those of the kernels.
@Suite struct StepStateTests {
  @Test("each word has the place that common.cl gives its name")
  func places() throws {
    var state = StepState()
    state.step = 1
    state.cursor = 2
    state.count = 3
    state.stepSize = 4
    state.inverseRootCorrection = 5
    state.lossSum = 6
    state.lossCarry = 7
    state.correct = 8
    state.seen = 9
    let values: [String: UInt32] = [
      "step": 1, "cursor": 2, "count": 3, "step_size": Float(4).bitPattern,
      "inverse_root_correction": Float(5).bitPattern, "loss_sum": Float(6).bitPattern,
      "loss_carry": Float(7).bitPattern, "correct": 8, "seen": 9,
    ]
    let text = try KernelSources.embedded.text(of: "common.cl")
    let body = try #require(text.firstMatch(of: /typedef struct \{\n([^}]*)\} StepState;/)).1
    let fields = body.matches(of: /(?:int|float) (\w+);/).map { String($0.1) }
    #expect(fields.count == values.count)
    #expect(state.words.prefix(fields.count).map { $0 } == fields.map { values[$0] })
  }
}
