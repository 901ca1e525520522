import Configs
import Studies
import Testing
import Text

/// Protects that a config's numbers reach the engine as the kernels take them.
@Suite("A config's optimizer")
struct OptimizerTests {
  @Test("every backend is handed the same rounded numbers")
  func rounded() throws {
    let file = """
      {"name": "s", "dataset": {"name": "mnist"}, "model": {"layers": [784, 10]},
       "training": {"epochs": 4, "optimizer": {"beta1": 0.9999999}}}
      """
    let updates = try StudyConfig(json: JSONParser.parse(file), source: "c.json").specification(masked: false)
      .updates
    let rounded = updates.optimizer.rule(step: 1, rate: 0.001)
    #expect(updates.optimizer.numbers[0] == Float(0.9999999) && rounded[2] == Float(0.9999999))
    #expect(updates.learningRate(step: 0, stepsPerEpoch: 10, epochs: 4) == Float(0.001))
  }
}
