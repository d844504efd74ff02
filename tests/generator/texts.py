"""The texts that documents are made from when none is given. All are written for this purpose."""

OFFICIAL = """\
{Lc}UBND TỈNH BẮC GIANG
{Lbc}SỞ KHOA HỌC VÀ CÔNG NGHỆ
{Lc}Số: 412/BC-SKHCN
{Rbc}CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
{Rbc}Độc lập - Tự do - Hạnh phúc
{Ric}Bắc Giang, ngày 12 tháng 6 năm 2023

BÁO CÁO
{bc}Kết quả thực hiện nhiệm vụ khoa học và công nghệ 6 tháng đầu năm,
{bc}phương hướng nhiệm vụ 6 tháng cuối năm 2023
{p}Thực hiện Công văn số 1208/UBND-KGVX ngày 17/5/2023 của Ủy ban nhân dân tỉnh về
việc báo cáo sơ kết; căn cứ Nghị định số 95/2014/NĐ-CP ngày 17/10/2014 của Chính phủ, Sở
Khoa học và Công nghệ báo cáo như sau:
{bp}I. KẾT QUẢ ĐẠT ĐƯỢC
{bp}1. Công tác tham mưu, quản lý nhà nước
{p}Sở đã chủ động tham mưu Ủy ban nhân dân tỉnh ban hành kế hoạch phát triển thị trường
khoa học; tổ chức thẩm định công nghệ đối với những dự án đầu tư; phối hợp với các huyện,
thành phố hướng dẫn doanh nghiệp đổi mới quy trình sản xuất, nâng cao chất lượng sản phẩm.
{bp}2. Hoạt động nghiên cứu, ứng dụng
{p}Trong kỳ đã nghiệm thu 14 đề tài, trong đó 9 đề tài xếp loại khá trở lên; nhiều mô hình
trồng vải thiều, nuôi gà đồi, chế biến gỗ được người dân tiếp nhận và nhân rộng. Tỷ lệ ứng
dụng kết quả nghiên cứu vào thực tiễn đạt trên 80%, tăng 5,5% so với cùng kỳ năm trước.
{p}Tuy nhiên, việc giải ngân còn chậm; một số đơn vị chưa bảo đảm tiến độ; sự kết nối giữa
nhà khoa học, doanh nghiệp và người sử dụng vẫn thiếu chặt chẽ, hiệu quả chưa rõ rệt.
{bp}II. NHIỆM VỤ TRỌNG TÂM
{p}1. Tiếp tục quán triệt, thực hiện nghiêm Nghị quyết số 52-NQ/TW ngày 27/9/2019 của Bộ
Chính trị về một số chủ trương, chính sách chủ động tham gia cuộc Cách mạng công nghiệp.
{p}2. Đẩy mạnh chuyển đổi số; hỗ trợ xác lập quyền sở hữu trí tuệ cho sản phẩm chủ lực, đặc
sản của địa phương; kiểm tra đo lường, chất lượng xăng dầu, vàng, mũ bảo hiểm./.
{Li}Nơi nhận:
{L}- Ủy ban nhân dân tỉnh;
{L}- Bộ Khoa học và Công nghệ;
{L}- Lưu: VT, KHTC.
{Rb}KT. GIÁM ĐỐC
{Rb}PHÓ GIÁM ĐỐC
{Rb}Nguyễn Thị Mỹ Hạnh
"""

ENGLISH = """\
{bc}MEMORANDUM OF UNDERSTANDING
{p}This memorandum sets out the terms on which the two universities agree to exchange students
and teaching staff, to carry out joint research and to share published results. Each party
bears its own costs unless a separate agreement says otherwise. The programme begins in
September and may be extended by written consent for further periods of two years.
1. Scope
{p}The exchange covers engineering, agriculture and public health. No more than twelve students
may be nominated each year, and every nominee must have completed four semesters of study.
2. Confidentiality
{p}Neither party shall disclose information received from the other without prior approval.
"""

CODE = """\
{l}def weighted_mean(values, weights):
{l}    total = sum(w for w in weights if w > 0)
{l}    if not total:
{l}        raise ValueError("no weights")
{l}    pairs = zip(values, weights)
{l}    return sum(v * w for v, w in pairs) / total
{l}#include <stdio.h>
{l}int main(int argc, char **argv) {
{l}    for (int i = 0; i < argc; i++)
{l}        printf("%d: %s\\n", i, argv[i]);
{l}    return 0;
{l}}
{l}SELECT id, name FROM reports WHERE year = 2023;
"""

TONELESS = """\
{bc}DANH SACH TAI LIEU GUI KEM
{p}Kinh gui anh Tuan, em gui anh danh sach cac van ban da quet tuan nay. Anh xem giup em
con thieu van ban nao thi bao lai de em bo sung truoc ngay hop. Cac tep dat ten theo so
va ky hieu, khong dau, vi may chu cu khong nhan ten tep co dau tieng Viet.
{p}Em cam on anh. Neu can ban mau thi anh goi vao so may ban cua phong hanh chinh.
"""

FOREIGN = """\
{bc}DANH SÁCH ĐẠI BIỂU QUỐC TẾ
{p}Đoàn chuyên gia gồm bà Françoise Lefèvre (Pháp), ông Antonín Dvořák (Cộng hòa Séc), ông
Guðmundur Þórsson (Ai-xơ-len), bà Zoë Müller (Đức) và ông Łukasz Wójcik (Ba Lan); cùng dự có
già làng Y Ngông Niê, nghệ nhân H'Bia Êban và các đại biểu người Ê-đê, Ba-na, Gia-rai đến
từ Đắk Lắk, Kon Tum. Phiên dịch: cô Nguyễn Huỳnh Mai; điều phối: ông José Muñoz.
"""

FORMULAS = """\
{bc}PHỤ LỤC TÍNH TOÁN
{l}Q = k × A × Δh / L = 0,85 × 12,4 × 3,2 / 7,5 = 4,497 m³/h
{l}σ² = Σ(xᵢ − μ)² / n; n = 24; μ = 17,35
{l}pH 6,5 ± 0,2; NO3 ≤ 50 mg/l; t = 25 °C
{p}Kết quả tính toán cho thấy lưu lượng nước thấm qua thân đập nằm trong giới hạn cho phép.
{l}2019  1.204.500  38,2  0,917
{l}2020  1.310.275  41,0  0,924
"""

TEXTS = {
    "report": OFFICIAL,
    "english": ENGLISH,
    "code": CODE,
    "toneless": TONELESS,
    "foreign": FOREIGN,
    "formulas": FORMULAS,
}
