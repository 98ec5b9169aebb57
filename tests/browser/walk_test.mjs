// Every procedure that is shipped, walked in the browser by those who have a part in it, between commune, province and ministry, each at the node of
// their level, to its end; then the reports on clusters, from the tenant's to the sum of the country.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PEOPLE, readSum, sign, walk } from './walk.mjs';

const TOP = fileURLToPath(new URL('../..', import.meta.url));

const SCHEME = { activity: 'a4', beneficiary: 'Cơ sở minh họa', implementer: 'Cơ sở minh họa', quantity: '1', eligible_cost: '820.000.000', support: '300.000.000', other_state: '0',
  enterprise_money: '520.000.000', other_money: '0', machines_planned: '1', jobs_planned: '6', turnover_planned: '2.000.000.000', energy_planned: '12,5' };
const ITEM = { item: 'Máy sấy', item_unit: 'máy', item_planned: '1', item_support: '300.000.000', item_enterprise: '520.000.000' };
const DONE = { item: 'Máy sấy', item_done: '1', item_forecast: '1', item_support_spent: '100.000.000', item_enterprise_spent: '300.000.000', item_difficulty: 'không' };
const RESULTS = (years) => ({ [`machines_${years}`]: '1', [`jobs_${years}`]: '7', [`turnover_${years}`]: '2.100.000.000', [`energy_${years}`]: '11,5' });
const PRODUCT = { group: 'food', establishment: 'Cơ sở Phong Nga (minh họa)', tax_code: '3000555555', own_make: 'yes', no_infringement: 'yes', meets_standards: 'yes', mass_production: 'yes' };
const CLUSTER = (world) => world.cluster;
const PLOT = (world) => world.plot;
const ALSO_AN_END = /^Đã cấp chứng nhận, còn hiệu lực$/; // what a vote is for
const POINTS = { 'points-economy': '40', 'points-culture': '30', 'points-other': '10' };

// In this order: a scheme needs the money of its year, a vote the certificate of the level below, and a year is closed when all is settled.
const walks = [
  { workflow: 'promotion_programme', title: 'Chương trình khuyến công quốc gia 2016–2020 (minh họa)', unit: 'VN', steps: [
    ['cục', 'open', '2015-01-05', '', { first_year: '2016', last_year: '2020' }, 'Đang dự thảo'],
    ['cục', 'set_target', '2015-02-05', '', { activity: 'a4', target_count: '500' }],
    ['cục', 'set_money', '2015-02-05', '', { target_money: '1.200.000.000.000' }],
    ['lãnh đạo cục', 'approve', '2015-06-01', 'decision 1/QĐ', {}, 'Đang thực hiện', '31/03/2021'],
    ['lãnh đạo cục', 'conclude', '2021-03-15', 'conclusion 2/BC', {}, 'Đã tổng kết'],
  ] },
  { workflow: 'promotion_programme_local', title: 'Chương trình khuyến công Hà Tĩnh 2016–2020 (minh họa)', unit: '42', steps: [
    ['sở', 'open', '2015-01-05', '', { first_year: '2016', last_year: '2020' }, 'Đang dự thảo'],
    ['sở', 'set_target', '2015-02-05', '', { activity: 'a4', target_count: '20' }],
    ['lãnh đạo sở', 'approve', '2015-06-01', 'decision 1/QĐ', {}, 'Đang thực hiện', '31/03/2021'],
    ['lãnh đạo sở', 'amend_target', '2018-06-01', 'amendment 2/QĐ', { activity: 'a4', target_count: '25', reason: 'nhu cầu tăng' }],
    ['lãnh đạo sở', 'conclude', '2021-03-15', 'conclusion 3/BC', {}, 'Đã tổng kết'],
    ['cục', 'look'],
  ] },
  { workflow: 'promotion_norm', title: 'Định mức khuyến công Hà Tĩnh (minh họa)', unit: '42', steps: [
    ['sở', 'open', '2026-03-02', 'act 5/NQ', { valid_from: '2026-04-01' }, 'Đang ghi'],
    ['sở', 'set_both', '2026-03-03', '', { activity: 'a4', rate: '400', cap: '250.000.000', refused: [/Tỷ lệ hỗ trợ phải trên 0 và không quá 100%/, { rate: '40' }] }],
    ['lãnh đạo sở', 'put_in_force', '2026-03-10', '', {}, 'Đang có hiệu lực'],
    ['lãnh đạo sở', 'repeal', '2026-09-01', 'repeal 6/NQ', { valid_to: '2026-09-30' }, 'Đã bãi bỏ'],
    ['cục', 'look'],
  ] },
  { workflow: 'promotion_budget', title: 'Kế hoạch khuyến công quốc gia 2020 (minh họa)', unit: 'VN', steps: [
    ['cục', 'open', '2019-02-01', 'guidance 12/BCT', { plan_year: '2020', activity: 'all' }, 'Đã hướng dẫn lập kế hoạch'],
    ['cục', 'propose', '2019-07-01', 'estimate 13/BCT', {}, 'Đang đề xuất'],
    ['lãnh đạo cục', 'decide', '2019-11-01', 'decision 14/QĐ', { amount: '75.000.000.000' }, 'Đang thực hiện', '31/01/2021'],
  ] },
  { workflow: 'promotion_national', title: 'Máy sấy gỗ cho xưởng mộc (minh họa)', unit: '42', steps: [
    ['doanh nghiệp', 'open', '2019-05-04', 'application 1/ĐN, scheme_text 2/ĐA', { plan_year: '2020', tax_code: '3000000020', ...SCHEME }, 'Đã đăng ký', '19/05/2019'],
    ['doanh nghiệp', 'set_item', '2019-05-05', '', ITEM, undefined, '1,00 máy'],
    ['sở', 'take', '2019-05-11', '', {}, 'Thẩm định cấp cơ sở', '20/06/2019'],
    ['sở', 'return', '2019-05-13', '', { reason: 'thiếu báo giá' }, 'Trả lại để bổ sung'],
    ['doanh nghiệp', 'resubmit', '2019-05-20', '', {}, 'Thẩm định cấp cơ sở'],
    ['sở', 'appraise', '2019-05-30', 'base_minutes 3/BB', { base_support: '300.000.000', base_opinion: 'đạt' }],
    ['lãnh đạo sở', 'submit_ministry', '2019-06-10', 'base_minutes 3/BB, summary 4/TH', {}, 'Thẩm định cấp Bộ'],
    ['lãnh đạo cục', 'pass_ministry', '2019-09-01', 'ministry_opinion 5/TĐ', {}, 'Trong dự toán của Bộ'],
    ['lãnh đạo cục', 'approve', '2020-01-10', 'plan_decision 6/QĐ', { approved: '310.000.000', refused: [/Kinh phí duyệt vượt trần hỗ trợ/, { approved: '300.000.000' }] }, 'Đã phê duyệt kế hoạch'],
    ['lãnh đạo cục', 'assign_plan', '2020-02-10', 'assignment 7/TB', { assigned: '300.000.000' }, 'Đã giao kế hoạch', '30/06/2020'],
    ['lãnh đạo cục', 'sign', '2020-03-02', 'contract 8/HĐ', { contract_value: '300.000.000' }, 'Đã ký hợp đồng', '31/12/2020'],
    ['cục', 'advance', '2020-03-10', 'advance_dossier 9/TU', { payment: '100.000.000', reason: 'hợp đồng quy định một phần ba' }, 'Đã tạm ứng'],
    ['doanh nghiệp', 'start', '2020-03-20', '', {}, 'Đang thực hiện'],
    ['doanh nghiệp', 'report_item', '2020-06-15', '', { ...DONE, item_cut_off: '2020-05-31' }],
    ['doanh nghiệp', 'report', '2020-06-15', 'progress_report 10/BC', { progress: '60', enterprise_spent: '300.000.000' }],
    ['sở', 'inspect', '2020-10-01', 'inspection_minutes 11/KT', {}, 'Đã kiểm tra thực địa'],
    ['sở', 'accept', '2020-10-15', 'acceptance_minutes 12/NT', { progress: '100', enterprise_spent: '520.000.000' }, 'Đã nghiệm thu cơ sở', '30/10/2020'],
    ['doanh nghiệp', 'submit_settlement', '2020-10-25', 'settlement_dossier 13/QT', { settled_value: '300.000.000' }, 'Chờ quyết toán', '22/01/2021'],
    ['lãnh đạo cục', 'settle', '2020-12-15', 'liquidation 14/TL', { payment: '200.000.000', refund: '0', settled_value: '300.000.000' }, 'Đã thanh lý, theo dõi kết quả năm thứ nhất', '15/12/2021'],
    ['doanh nghiệp', 'results_1', '2022-01-10', 'result_report 15/KQ', RESULTS(1), 'Theo dõi kết quả năm thứ ba'],
    ['doanh nghiệp', 'results_3', '2024-01-10', 'result_report 16/KQ', RESULTS(3), 'Đã lưu trữ'],
    ['cục', 'look'],
  ] },
  { workflow: 'promotion_budget', title: 'Kế hoạch khuyến công quốc gia 2020 (minh họa)', steps: [
    ['lãnh đạo cục', 'close', '2021-02-01', '', {}, 'Đã khóa sổ'],
  ] },
  { workflow: 'promotion_allotment', title: 'Kinh phí khuyến công Hà Tĩnh 2020 (minh họa)', unit: '42', steps: [
    ['sở', 'open', '2019-07-01', '', { source: 'local', plan_year: '2020', activity: 'all' }, 'Đang đề xuất'],
    ['lãnh đạo sở', 'decide_local', '2019-12-20', 'decision 21/QĐ', { amount: '1.000.000.000' }, 'Đang thực hiện', '31/01/2021'],
  ] },
  { workflow: 'promotion_local', title: 'Máy cắt CNC cho xưởng đá (minh họa)', unit: '42', steps: [
    ['trung tâm', 'open', '2019-05-04', 'application 1/ĐN, scheme_text 2/ĐA', { plan_year: '2020', tax_code: '3000000021', ...SCHEME }, 'Đã đăng ký'],
    ['sở', 'take', '2019-05-11', '', {}, 'Thẩm định cấp cơ sở'],
    ['lãnh đạo sở', 'approve', '2020-01-10', 'base_minutes 3/BB, plan_decision 4/QĐ', { approved: '300.000.000' }, 'Đã phê duyệt kế hoạch'],
    ['lãnh đạo sở', 'assign_plan', '2020-02-10', 'assignment 5/TB', { assigned: '300.000.000' }, 'Đã giao kế hoạch'],
    ['lãnh đạo sở', 'sign', '2020-03-02', 'contract 6/HĐ', { contract_value: '300.000.000' }, 'Đã ký hợp đồng'],
    ['trung tâm', 'start', '2020-03-20', '', {}, 'Đang thực hiện'],
    ['trung tâm', 'request_change', '2020-05-04', 'change_request 7/ĐN', { reason: 'đổi cơ sở' }, 'Đang xét điều chỉnh'],
    ['lãnh đạo sở', 'approve_change', '2020-05-20', 'change_decision 8/QĐ', { beneficiary: 'Cơ sở khác (minh họa)', tax_code: '3000000022', reason: 'có đủ điều kiện' }, 'Đang thực hiện'],
    ['sở', 'inspect', '2020-10-01', 'inspection_minutes 9/KT', {}, 'Đã kiểm tra thực địa'],
    ['sở', 'accept', '2020-10-15', 'acceptance_minutes 10/NT', { progress: '100', enterprise_spent: '520.000.000' }, 'Đã nghiệm thu cơ sở', '30/10/2020'],
    ['trung tâm', 'submit_settlement', '2020-10-25', 'settlement_dossier 11/QT', { settled_value: '300.000.000' }, 'Chờ quyết toán'],
    ['lãnh đạo sở', 'settle', '2020-12-15', 'liquidation 12/TL', { payment: '300.000.000', refund: '0', settled_value: '300.000.000' }, 'Đã thanh lý, theo dõi kết quả năm thứ nhất', '15/12/2021'],
    ['trung tâm', 'results_1', '2022-01-10', 'result_report 13/KQ', RESULTS(1), 'Theo dõi kết quả năm thứ ba'],
    ['trung tâm', 'results_3', '2024-01-10', 'result_report 14/KQ', RESULTS(3), 'Đã lưu trữ'],
  ] },
  { workflow: 'promotion_allotment', title: 'Kinh phí khuyến công Hà Tĩnh 2020 (minh họa)', steps: [
    ['lãnh đạo sở', 'close', '2021-02-01', '', {}, 'Đã khóa sổ'],
    ['cục', 'look'],
  ] },
  { workflow: 'promotion_vote_commune', title: 'Bánh đa Thành Sen cấp xã (minh họa)', unit: '18073', steps: [
    ['cơ sở ở xã', 'open', '2026-02-02', 'application 1/ĐK', { year: '2026', product: 'Bánh đa Thành Sen', ...PRODUCT }, 'Đã tiếp nhận'],
    ['xã', 'take', '2026-02-05', 'council_decision 2/QĐ', {}, 'Đang chấm điểm'],
    ['xã', 'score', '2026-02-20', '', POINTS],
    ['chuyên viên xã', 'score', '2026-02-20', '', POINTS],
    ['lãnh đạo xã', 'score', '2026-02-20', '', POINTS],
    ['lãnh đạo xã', 'certify', '2026-02-27', 'certificate 2/GCN-TS', {}, 'Đã cấp chứng nhận, còn hiệu lực', '27/02/2028'],
  ] },
  { workflow: 'promotion_vote_province', title: 'Bánh đa Thành Sen cấp tỉnh (minh họa)', unit: '42', steps: [
    ['doanh nghiệp', 'open', '2026-03-02', 'application 1/ĐK, lower_certificate 2/GCN-TS', { year: '2026', product: 'Bánh đa Thành Sen', ...PRODUCT }, 'Đã tiếp nhận'],
    ['sở', 'take', '2026-03-05', 'council_decision 3/QĐ', {}, 'Đang chấm điểm'],
    ['sở', 'score', '2026-03-20', '', POINTS],
    ['trưởng phòng sở', 'score', '2026-03-20', '', POINTS],
    ['lãnh đạo sở', 'score', '2026-03-20', '', POINTS],
    ['lãnh đạo sở', 'certify', '2026-03-27', 'certificate 3/GCN-HT', {}, 'Đã cấp chứng nhận, còn hiệu lực', '27/03/2028'],
  ] },
  { workflow: 'promotion_vote_region', title: 'Bánh đa Thành Sen cấp khu vực (minh họa)', unit: '42', steps: [
    ['sở', 'open', '2026-04-02', 'application 1/ĐK, lower_certificate 3/GCN-HT', { year: '2026', product: 'Bánh đa Thành Sen', ...PRODUCT }, 'Đã tiếp nhận'],
    ['cục', 'take', '2026-04-06', 'council_decision 4/QĐ', {}, 'Đang chấm điểm'],
    ['cục', 'score', '2026-04-20', '', POINTS],
    ['trưởng phòng cục', 'score', '2026-04-20', '', POINTS],
    ['lãnh đạo cục', 'score', '2026-04-20', '', POINTS],
    ['lãnh đạo cục', 'certify', '2026-04-27', 'certificate 4/GCN-KV', {}, 'Đã cấp chứng nhận, còn hiệu lực', '27/04/2028'],
  ] },
  { workflow: 'promotion_vote_nation', title: 'Bánh đa Thành Sen cấp quốc gia (minh họa)', unit: '42', steps: [
    ['sở', 'open', '2026-05-05', 'application 1/ĐK, lower_certificate 4/GCN-KV', { year: '2026', product: 'Bánh đa Thành Sen', ...PRODUCT }, 'Đã tiếp nhận'],
    ['cục', 'take', '2026-05-06', 'council_decision 5/QĐ', {}, 'Đang chấm điểm'],
    ['cục', 'score', '2026-05-20', '', POINTS],
    ['trưởng phòng cục', 'score', '2026-05-20', '', POINTS],
    ['lãnh đạo cục', 'score', '2026-05-20', '', POINTS],
    ['lãnh đạo cục', 'certify', '2026-05-27', 'certificate 5/GCN-QG', {}, 'Đã cấp chứng nhận, còn hiệu lực', '27/05/2028'],
    ['lãnh đạo cục', 'revoke', '2026-09-01', 'revocation 6/QĐ', { reason: 'vi phạm nhãn hiệu' }, 'Thu hồi chứng nhận'],
    ['sở', 'look'],
  ] },
  { workflow: 'cluster_establishment', title: 'Cụm công nghiệp Đồng Môn (minh họa)', unit: '18073', steps: [
    ['cơ sở ở xã', 'open', '2026-10-01', 'letter 12/ĐN', { cluster: 'Đồng Môn', act: 'establish', area_ha: '42,5' }, 'Đã nhận đề nghị', '05/10/2026'],
    ['xã', 'publish', '2026-10-02', 'notice 13/TB', {}, 'Đang tiếp nhận hồ sơ', '09/10/2026'],
    ['xã', 'close_window', '2026-10-12', '', {}, 'Lập hồ sơ trình', '16/10/2026'],
    ['xã', 'submit', '2026-10-15', 'submission 14/TTr, investment_report 15/BC, finance_papers 16/TC', { in_plan: 'yes', land_ha: '100', leased_ha: '60', investment: '500.000.000.000', is_small_allowed: 'no' }, 'Đang thẩm định'],
    ['sở', 'ask_supplement', '2026-10-20', 'supplement_request 17/SCT', { reason: 'thiếu bản đồ ranh giới' }, 'Chờ bổ sung hồ sơ'],
    ['sở', 'supplemented', '2026-10-27', '', {}, 'Đang thẩm định'],
    ['sở', 'classify', '2026-10-28', '', { kind: 'general', industrial_ha: '30', kind_ha: '30', service_ha: '4' }],
    ['sở', 'score', '2026-10-29', '', { 'points-infrastructure': '12', 'points-environment': '12', 'points-capacity': '25', 'points-finance': '35', candidate: 'Công ty hạ tầng (minh họa)' }],
    ['lãnh đạo sở', 'report', '2026-11-05', 'appraisal_report 18/BC', { investor: 'Công ty hạ tầng (minh họa)' }, 'Trình UBND cấp tỉnh', '12/11/2026'],
    ['lãnh đạo sở', 'decide', '2026-11-10', 'decision 19/QĐ', {}, 'Đã thành lập'],
    ['cục', 'look'],
    ['xã', 'look'],
  ] },
  { workflow: 'cluster_change', title: 'Điều chỉnh diện tích cụm Hưng Thịnh (minh họa)', unit: '18073', steps: [
    ['xã', 'open', '2026-10-05', 'proposal 21/TTr', { cluster_id: CLUSTER, act: 'adjust', increase_ha: '5', area_ha: '35', content: 'thêm đường' }, 'Đã đề nghị'],
    ['xã', 'submit', '2026-10-06', '', {}, 'Đang thẩm định'],
    ['sở', 'report', '2026-10-20', 'appraisal_report 22/BC', {}, 'Trình UBND cấp tỉnh'],
    ['lãnh đạo sở', 'decide', '2026-10-28', 'decision 23/QĐ', {}, 'Đã quyết định'],
    ['xã', 'look'],
  ] },
  { workflow: 'cluster_inspection', title: 'Kiểm tra nhà máy gỗ (minh họa)', unit: '18073', steps: [
    ['xã', 'open', '2026-10-05', '', { cluster_id: CLUSTER, tenant: 'Nhà máy gỗ (minh họa)', tax_code: '3000555556', authority: 'Sở Công Thương', year: '2026', before: '0' }, 'Dự kiến kiểm tra'],
    ['lãnh đạo sở', 'approve', '2026-10-06', 'plan 1/KH', {}, 'Trong kế hoạch được duyệt'],
    ['sở', 'inspect', '2026-10-20', 'minutes 2/BB', { result: 'không có vi phạm' }, 'Đã kiểm tra'],
    ['xã', 'look'],
  ] },
  { workflow: 'cluster_lease', title: 'Thuê lô đất trong cụm Hưng Thịnh (minh họa)', unit: '18073', steps: [
    ['doanh nghiệp', 'open', '2026-10-05', '', { cluster_id: CLUSTER, plot: PLOT, enterprise: 'Xưởng gỗ (minh họa)', trade: 'chế biến gỗ', wastewater: '20' }, 'Đã yêu cầu'],
    ['chủ đầu tư', 'answer', '2026-10-06', '', { answer: 'Còn trống' }, 'Đã trả lời'],
    ['chủ đầu tư', 'hold', '2026-10-07', '', { price: '61' }, 'Đã giữ lô đất'],
    ['chủ đầu tư', 'lease', '2026-10-20', 'contract 9/HĐ', { price: '61,5', lease_to: '2067-12-31' }, 'Đã thuê'],
    ['doanh nghiệp', 'look'],
    ['xã', 'look'],
  ] },
  { workflow: 'cluster_plan_opinion', title: 'Điều chỉnh phương án cụm công nghiệp Hà Tĩnh (minh họa)', unit: '42', steps: [
    ['sở', 'open', '2026-10-05', 'request 9/UBND', { kind: 'adjustment', added: '2', changed: '1', removed: '0' }, 'Đã gửi lấy ý kiến'],
    ['cục', 'take', '2026-10-08', 'draft 10/DT', {}, 'Bộ đang xem xét'],
    ['cục', 'ask_supplement', '2026-10-12', '', { reason: 'thiếu bản đồ' }, 'Chờ địa phương bổ sung'],
    ['sở', 'supplemented', '2026-10-15', '', {}, 'Bộ đang xem xét'],
    ['lãnh đạo cục', 'answer', '2026-10-26', 'opinion 77/BCT', { result: 'agree', conditions: 'không' }, 'Đã có ý kiến'],
    ['sở', 'look'],
  ] },
  { workflow: 'cluster_support', title: 'Hỗ trợ trạm xử lý nước thải (minh họa)', unit: '18073', steps: [
    ['cơ sở ở xã', 'open', '2026-10-05', 'proposal 31/ĐN', { cluster_id: CLUSTER, purpose: 'environment', investment: '100.000.000.000', asked: '30.000.000.000', granted_before: '0' }, 'Đã đề nghị'],
    ['xã', 'submit', '2026-10-06', '', {}, 'Đang thẩm định'],
    ['lãnh đạo sở', 'decide', '2026-10-26', 'appraisal_report 32/BC, decision 33/NQ', { granted: '31.000.000.000', refused: [/Nhà nước hỗ trợ không quá 30%/, { granted: '30.000.000.000' }] }, 'Đã quyết định hỗ trợ'],
    ['cơ sở ở xã', 'look'],
  ] },
  { workflow: 'cluster_utility', title: 'Quy chế dịch vụ công cộng cụm Hưng Thịnh (minh họa)', unit: '18073', steps: [
    ['cơ sở ở xã', 'open', '2026-10-05', 'rules 41/QC', { cluster: 'Hưng Thịnh', issued_on: '2026-10-02' }, 'Đã ban hành, chưa gửi', '09/10/2026'],
    ['cơ sở ở xã', 'send', '2026-10-08', 'covering_letter 42/CV', {}, 'Đã gửi Sở Công Thương và UBND cấp xã'],
    ['sở', 'file', '2026-10-09', '', {}, 'Đã lưu'],
  ] },
];

// The reports on clusters, whose window is over: who signs which form at the node of their level, and who reads the sum.
const FORMS = [
  ['doanh nghiệp', '01', {}, { revenue: '120,5', budget: '4,25', labour: '310', income: '9,5' }, ['revenue', 'nhiều', /"nhiều" không phải số/]],
  ['chủ đầu tư', '02', { 1: '169,6', 6: '2' }, { 9: '10', 10: '1', 11: '12', 12: '8' }],
  ['xã', '03', { 13: '169,6', 20: '2', 23: '130,5', 24: '5,25', 25: '322' }, {}],
  ['lãnh đạo sở', '04', { 13: '169,6', 20: '2', 23: '130,5', 24: '5,25', 25: '322' }, {}, ['25', '999', /dòng 25 là 999, nhưng tổng các biểu 03 là 322$/]],
  ['xã ở Phú Thọ', '03', { 25: '0' }, { 23: '4,75', 25: '210', remark: 'chủ đầu tư chưa báo cáo, xã đã hỏi các cơ sở' }],
  ['lãnh đạo sở Phú Thọ', '04', { 23: '4,75', 25: '210' }, {}],
];
const READS_THE_SUM = 'cục';

export const tests = {
  async every_procedure_that_is_shipped_is_walked_to_an_end_and_the_docs_say_by_whom() {
    const docs = readFileSync(join(TOP, 'docs', 'workflows.md'), 'utf8').split('## Walked')[1].match(/^\| (promotion_|cluster_|form ).*/gm);
    const told = [];
    for (const workflow of readdirSync(join(TOP, 'data', 'workflows')).sort()) {
      const steps = walks.filter((one) => one.workflow === workflow).flatMap((one) => one.steps);
      const last = steps.map((step) => step[5]).filter((state) => state !== undefined).at(-1);
      const folder = join(TOP, 'data', 'workflows', workflow);
      const text = readdirSync(folder).filter((name) => name.endsWith('.workflow')).map((name) => readFileSync(join(folder, name), 'utf8')).join('');
      const ends = [...text.matchAll(/title: \{vi: "?([^"}]+?)"?, en: [^}]*\}, kind: end/g)].map((match) => match[1]);
      if (ALSO_AN_END.test(last ?? '')) ends.push(last);
      assert.ok(ends.includes(last), `${workflow} is not walked to an end, but to ${last}`);
      told.push(`| ${workflow} | ${[...new Set(steps.map(([who]) => PEOPLE[who][2]))].join(', ')} | ${last} |`);
    }
    for (const [, form] of readFileSync(join(TOP, 'data', 'cluster', 'reports.cluster'), 'utf8').matchAll(/^ {2}- id: "(.*)"$/gm)) {
      const who = FORMS.filter((step) => step[1] === form).map(([one]) => one);
      assert.ok(who.length > 0, `nobody signs form ${form}`);
      if (form === FORMS.at(-1)[1]) who.push(READS_THE_SUM);
      told.push(`| form ${form} of clusters | ${[...new Set(who.map((one) => PEOPLE[one][2]))].join(', ')} | Đã ký |`);
    }
    assert.deepEqual(docs.map((line) => line.split('|').slice(0, 4).join('|') + '|'), told);
  },
};
for (const [i, one] of walks.entries()) {
  const again = walks.slice(0, i).some((before) => before.workflow === one.workflow) ? 'on_' : '';
  tests[`the_procedure_${one.workflow}_is_walked_${again}by_those_who_have_a_part_in_it`] = async ({ world, meet }) => {
    await world.openCommune();
    await walk(world, meet, one);
  };
}
tests.the_reports_on_clusters_are_signed_from_the_tenant_to_the_province_and_the_ministry_reads_their_sum = async ({ world, meet }) => {
  await world.openCommune();
  const period = (await sign(world, meet, '/clusters/reports', FORMS)).split('/').at(-1);
  const [sum, ...parts] = await readSum(world, meet, READS_THE_SUM, '/clusters/reports', '04', period, 2);
  const number = (text) => Number(text.replaceAll('.', '').replace(',', '.'));
  assert.equal(parts.length, 2);
  assert.equal(sum[25], '532', 'of both provinces');
  for (const [row, value] of Object.entries(sum))
    if (row !== '19') assert.equal(number(value).toFixed(4), (number(parts[0][row]) + number(parts[1][row])).toFixed(4), `row ${row}`);
  assert.equal(number(sum[19]).toFixed(1), (100 * number(sum[18]) / number(sum[17])).toFixed(1), 'the ratio of the sums, not the sum of ratios');
};
