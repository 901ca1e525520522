import GraphExec
import StudyFiles
import TestSupport
import Testing

/// Protects studies of blocks and of groups of inputs: what is pruned goes in these, and controls keep to them.
@Suite("Structures in a study")
struct StructureStudyTests {
  @Test(
    "every schedule and control prunes whole blocks, and as many of each group",
    arguments: [
      #"{"name":"constant"}"#, #"{"name":"one_shot","fine_tune_epochs":1}"#,
      #"{"name":"polynomial","begin_epoch":0,"end_epoch":2,"frequency":2}"#,
    ])
  func structures(schedule: String) throws {
    let study = try SmallStudy([
      #"pruning.strategies=["block","n_m"]"#, "pruning.block=[4,8]", "pruning.sparsities=[0.5]",
      "pruning.schedule=\(schedule)", #"pruning.controls=["shuffled_mask","random_mask"]"#,
    ])
    let rows = try study.run()
    #expect(rows.count == 6 && rows.allSatisfy { $0.status == .finished }, "\(rows.map(\.note))")
    for row in rows {
      let weights = try study.weights(study.files.run(row.runName).model)
      // 784 and 24 inputs, 24 and 16 units; the output layer stays as it is.
      for weight in weights.dropLast() {
        let (grid, size) =
          row.strategy == .block
          ? (BlockGrid(rows: weight.rows, columns: weight.columns, blockRows: 4, blockColumns: 8), 32)
          : (BlockGrid(rows: weight.rows, columns: weight.columns, blockRows: 4, blockColumns: 1), 4)
        let zeros = (0..<grid.count).map { block in
          grid.entries(of: block).count { weight.values[$0] == 0 }
        }
        if row.strategy == .block {
          #expect(zeros.count { $0 == size } == grid.count / 2 && Set(zeros) == [0, size], "\(row.runName)")
        } else {
          #expect(Set(zeros) == [2], "\(row.runName)")
        }
      }
    }
  }

  @Test("what has no structure is refused with the layer and what is allowed")
  func refusals() {
    func problems(_ overrides: [String]) -> String {
      do {
        _ = try SmallStudy(overrides)
        return ""
      } catch { return "\(error)" }
    }
    let groups = #"pruning.strategies=["n_m"]"#
    #expect(
      problems([groups, "pruning.sparsities=[0.3]"]).contains(
        "0.3 of 4 weights is no whole number; strategy \"n_m\" with group_size 4 allows 0, 0.25, 0.5, 0.75"))
    #expect(
      problems([groups, "pruning.sparsities=[0.5]", "pruning.group_size=10"]).contains(
        "10 does not divide the 784 inputs of"))
    #expect(
      problems([groups, "pruning.sparsities=[0.5]", "pruning.scope=\"global\""]).contains("choose layer"))
    #expect(problems(["pruning.block=[4,4]"]).contains("only strategy \"block\" looks at it"))
    #expect(
      problems([#"pruning.strategies=["block"]"#, "pruning.block=[4]"]).contains(
        "takes two numbers, and there are 1"))
  }
}
