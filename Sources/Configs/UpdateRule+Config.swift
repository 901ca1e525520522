import GraphExec
import Text

extension UpdateRule {
  /// Reads `optimizer` and `schedule` of the training.
  ///
  /// - Parameter epochs: how many the training has.
  init(from section: ConfigSection, epochs: Int) {
    let optimizer = section.choice("optimizer", among: Optimizers.all) { $0.name }
    let rule = optimizer.kind.init(optimizer.section.values(optimizer.kind.options))
    if let conflict = rule.conflict { optimizer.section.report(conflict.option, conflict.problem) }
    optimizer.section.finish()
    let schedule = section.choice("schedule", among: RateSchedules.all) { $0.name }
    let rates = schedule.kind.init(schedule.section.values(schedule.kind.options))
    if rates.warmupEpochs > Double(epochs) {
      schedule.section.report(
        "warmup_epochs",
        "\(DecimalText.plain(rates.warmupEpochs)) is more than training.epochs, \(epochs)",
        involving: ["training.epochs"])
    }
    schedule.section.finish()
    self.init(rule, schedule: rates)
  }
}
