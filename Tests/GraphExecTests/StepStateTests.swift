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
    state.lossSum = 6
    state.lossCarry = 7
    state.correct = 8
    state.seen = 9
    state.rule = [10, 11, 12, 13, 14, 15, 16, 17]
    let values: [String: UInt32] = [
      "step": 1, "cursor": 2, "count": 3, "loss_sum": Float(6).bitPattern,
      "loss_carry": Float(7).bitPattern, "correct": 8, "seen": 9,
    ]
    let text = try KernelSources.embedded.text(of: "common.cl")
    let body = try #require(text.firstMatch(of: /typedef struct \{\n([^}]*)\} StepState;/)).1
    let fields = body.matches(of: /(?:int|float) (\w+);/).map { String($0.1) }
    #expect(fields.count == values.count + 1 && fields.last == "padding")
    #expect(body.contains("float rule[8];"))
    #expect(state.words == fields.map { values[$0] ?? 0 } + (10...17).map { Float($0).bitPattern })
  }
}
