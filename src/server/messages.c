/* SPDX-License-Identifier: Apache-2.0
 *
 * One table: key, Russian, English. The key of a code's own sentence is the code's name. Plain words: what happened, what to do.
 */
#include "server/messages.h"

#include "api_codes.gen.h"

struct message { const char *key, *ru, *en; };

static const struct message messages[] = {
	/* --- the codes' own */
	{"bad_request", "Запрос не удалось разобрать. Обновите страницу и попробуйте ещё раз.",
		"The request could not be understood. Reload the page and try again."},
	{"invalid_field", "Проверьте это поле: значение не подходит.", "Check this field: the value does not fit."},
	{"not_signed_in", "Войдите, чтобы продолжить.", "Sign in to continue."},
	{"forbidden", "У вашей роли нет на это права. Обратитесь к администратору организации.",
		"Your role does not allow this. Ask your organisation's administrator."},
	{"not_found", "Этого здесь нет, или у вас нет доступа. Вернитесь назад и обновите список.",
		"It is not here, or you have no access to it. Go back and refresh the list."},
	{"conflict", "Сейчас это невозможно: данные уже изменились. Обновите страницу и попробуйте ещё раз.",
		"This cannot be done now: things have changed meanwhile. Refresh the page and try again."},
	{"id_reused", "Этот запрос уже был отправлен с другим содержанием. Обновите страницу и повторите.",
		"This request was already sent with other content. Reload the page and repeat it."},
	{"code_wrong", "Код не подошёл. Проверьте цифры и введите его ещё раз.", "The code does not match. Check the digits and enter it again."},
	{"code_expired", "Этот код больше не действует. Запросите новый.", "This code is no longer valid. Ask for a new one."},
	{"no_account", "Номер подтверждён, но вас ещё никто не пригласил. Попросите ссылку-приглашение у администратора или классного руководителя.",
		"Your number is confirmed, but nobody has invited you yet. Ask your administrator or class teacher for an invitation link."},
	{"link_unusable", "Ссылка больше не действует. Если вы по ней уже вошли, просто войдите по номеру телефона; если нет, попросите новую.",
		"This link no longer works. If you have already joined by it, just sign in with your phone; if not, ask for a new one."},
	{"too_far", "Вас долго не было: сейчас загрузим всё заново.", "You have been away for a while: everything is being loaded afresh."},
	{"too_large", "Слишком большой запрос. Сократите текст и отправьте ещё раз.", "This is too large. Make it shorter and send it again."},
	{"rate_limited", "Слишком много действий подряд. Немного подождите и попробуйте ещё раз.",
		"Too many actions in a row. Wait a little and try again."},
	{"bad_origin", "Запрос пришёл с чужой страницы и не выполнен. Откройте сайт заново.",
		"The request came from another site's page and was not done. Open the site afresh."},
	{"storage_full", "На сервере кончилось место, ничего не сохранено. Сообщите администратору.",
		"The server has run out of space; nothing was saved. Tell the administrator."},
	{"unavailable", "Сервер сейчас занят, ничего не сделано. Попробуйте ещё раз через минуту.",
		"The server is busy and nothing was done. Try again in a minute."},
	{"uncertain", "Неясно, успел ли сервер это сделать. Повторите: дважды ничего не случится.",
		"It is not certain whether the server did it. Repeat it: nothing will happen twice."},
	{"bad_request.command", "Сервер не знает такой команды. Обновите страницу.", "The server does not know this command. Reload the page."},
	/* --- codes and links */
	{"code_wrong.demo", "В демонстрации код всегда 000000.", "In the demonstration the code is always 000000."},
	{"code_wrong.last", "Код не подошёл, и попытки кончились. Запросите новый код.", "The code does not match and no tries are left. Ask for a new code."},
	{"code_expired.tries", "Попытки для этого кода кончились. Запросите новый.", "No tries are left for this code. Ask for a new one."},
	{"rate_limited.code_pause", "Код уже отправлен. Новый можно запросить через минуту.", "A code has just been sent. You can ask for a new one in a minute."},
	{"rate_limited.code_day", "На этот номер сегодня отправлено слишком много кодов. Попробуйте завтра или обратитесь к администратору.",
		"Too many codes were sent to this number today. Try tomorrow or ask your administrator."},
	{"rate_limited.code_address", "Из вашей сети запрошено слишком много кодов. Попробуйте через час или из другой сети.",
		"Too many codes were asked for from your network. Try in an hour or from another network."},
	{"rate_limited.code_installation", "Сейчас входит слишком много людей. Попробуйте ещё раз чуть позже.",
		"Too many people are signing in just now. Try again a little later."},
	{"rate_limited.wrong_address", "Из вашей сети слишком много неверных кодов. Попробуйте через час.",
		"Too many wrong codes came from your network. Try again in an hour."},
	{"rate_limited.wrong_installation", "Вход временно приостановлен: слишком много неверных кодов. Попробуйте ещё раз чуть позже.",
		"Signing in is paused for a while: too many wrong codes. Try again a little later."},
	{"link_unusable.operator", "Ссылка оператора одноразовая и больше не действует. Перезапустите сервер: он напечатает новую, если оператора ещё нет.",
		"The operator's link works once and is used up. Restart the server: it prints a new one when there is no operator yet."},
	/* --- second factor, passkeys, own account */
	{"code_wrong.second_factor", "Код не подошёл. Возьмите новый код из приложения: каждый действует полминуты и только один раз.",
		"The code does not match. Take a fresh one from the app: each works for half a minute and once only."},
	{"code_wrong.second_needed", "Введите код из приложения или запасной код: так мы знаем, что это вы.",
		"Enter a code of your authenticator app or a recovery code, so that we know it is you."},
	{"code_expired.second_step", "Вход не закончен вовремя. Начните сначала: введите номер телефона.",
		"The sign-in was not finished in time. Begin again with your phone number."},
	{"rate_limited.second_factor", "Слишком много неверных кодов. Подождите и попробуйте ещё раз.", "Too many wrong codes. Wait and try again."},
	{"conflict.second_factor_first", "У вашего профиля включён второй шаг входа. Сначала войдите по номеру телефона, потом откройте ссылку ещё раз.",
		"Your account has a second step of signing in. Sign in with your phone first, then open the link again."},
	{"conflict.totp_on", "Второй шаг входа уже включён.", "The second step is on already."},
	{"conflict.totp_off", "Второй шаг входа не включён.", "The second step is not on."},
	{"conflict.totp_not_begun", "Начните включение заново: отсканируйте новый QR-код.", "Begin again: scan a new QR code."},
	{"no_account.taken", "С этим номером в «Звонке» никого нет. Проверьте номер.", "Nobody here has this number. Check it."},
	{"conflict.phone_taken", "Этот номер уже занят другим профилем.", "This number belongs to another account already."},
	{"conflict.last_admin_leaves", "Вы последний администратор организации. Сначала передайте управление другому человеку.",
		"You are the last administrator of an organisation. Hand it over to somebody else first."},
	{"conflict.last_operator", "Это последний оператор платформы. Сначала назначьте другого.", "This is the last operator. Appoint another one first."},
	{"conflict.document_version", "Появилась новая редакция документа. Прочитайте её и согласитесь ещё раз.",
		"There is a new version of this document. Read it and agree again."},
	/* --- fields */
	{"invalid_field.missing", "Заполните это поле.", "Fill in this field."},
	{"invalid_field.title", "Введите название: буквы, цифры и обычные знаки.", "Enter a name: letters, digits and ordinary signs."},
	{"invalid_field.unit_needed", "Выберите класс, группу или кружок: ученики и родители приходят только туда.",
		"Choose a class, group or circle: students and parents can only come into one."},
	/* --- files */
	{"invalid_field.file_empty", "Этот файл пустой. Выберите другой.", "This file is empty. Choose another."},
	{"invalid_field.file_type", "Такой файл сюда не подходит. Выберите PDF, снимок (JPG, PNG) или документ Word.",
		"This kind of file does not fit here. Choose a PDF, a picture (JPG, PNG) or a Word document."},
	{"invalid_field.file_roster", "Это не таблица. Выберите файл CSV или XLSX.", "This is no table. Choose a CSV or XLSX file."},
	{"too_large.file", "Файл слишком большой. Уменьшите его или выберите другой.", "The file is too large. Make it smaller or choose another."},
	{"too_large.file_length", "Пришло больше, чем было обещано. Загрузите файл заново.", "More came than was announced. Upload the file again."},
	{"conflict.file_offset", "Загрузка прервалась. Она продолжится с того места, которое есть на сервере.",
		"The upload was interrupted. It goes on from what the server has."},
	{"conflict.file_busy", "Этот файл уже загружается. Подождите немного.", "This file is being uploaded already. Wait a little."},
	{"forbidden.file_held", "Файл уже приложен. Удалите его там, где он приложен.", "The file is attached already. Remove it where it is attached."},
	{"conflict.application_files", "К заявке можно приложить не больше трёх файлов.", "An application can have three files at most."},
	{"conflict.files_unclaimed", "У вас слишком много загрузок, которые никуда не приложены. Приложите или удалите их.",
		"You have too many uploads that are attached to nothing. Attach or remove them."},
	{"conflict.org_files", "Место для файлов вашей организации кончилось. Удалите ненужные или обратитесь к оператору платформы.",
		"Your organisation's room for files is used up. Remove some or ask the platform's operator."},
	{"rate_limited.file_address", "Из вашей сети загружено слишком много файлов. Попробуйте через час.",
		"Too many files were uploaded from your network. Try in an hour."},
	{"rate_limited.file_installation", "Сейчас загружается слишком много файлов. Попробуйте ещё раз чуть позже.",
		"Too many files are being uploaded just now. Try again a little later."},
	{"not_found.file", "Этого файла нет на сервере: загрузка устарела или была отменена. Выберите файл ещё раз.",
		"This file is not on the server: the upload is too old or was cancelled. Choose the file again."},
	{"conflict.file_unfinished", "Файл ещё не загружен до конца. Дождитесь окончания загрузки.",
		"The file has not been uploaded to its end yet. Wait for the upload to finish."},
	/* --- schools */
	{"forbidden.unconfirmed", "Сначала администратор должен подтвердить ваш статус: попросите его об этом.",
		"An administrator has to confirm your status first: ask for it."},
	{"conflict.confirmed_already", "Ваш статус уже подтверждён.", "Your status has been confirmed already."},
	{"conflict.not_staff", "Подтверждают только статус сотрудников: у учеников, родителей и администратора его нет.",
		"Only staff is confirmed: pupils, parents and the administrator have no such status."},
	{"invalid_field.reason", "Напишите причину: её увидит тот, кому вы отказываете.", "Give the reason: whoever you refuse will see it."},
	{"forbidden.chat_archived", "Этот чат в архиве: его можно читать, но писать в него больше нельзя.",
		"This chat is in the archive: it can be read, but no longer written to."},
	{"forbidden.channel_reader", "Это канал: здесь пишут только назначенные люди, остальные читают.",
		"This is a channel: only appointed people write here, everybody else reads."},
	{"forbidden.admin_only", "Это может сделать только администратор организации.", "Only the organisation's administrator can do this."},
	{"conflict.unit_name_taken", "Такое название уже есть. Выберите другое.", "This name is already taken. Choose another."},
	{"conflict.other_role", "Вы уже состоите в этой организации в другой роли. Обратитесь к её администратору.",
		"You are already in this organisation in another role. Ask its administrator."},
	{"conflict.student_in_class", "Ученик может быть только в одном классе или группе. Сначала уберите его оттуда, где он сейчас",
		"A student can be in one class or group only. First remove him from where he is now"},
	{"conflict.staff_only", "Сюда входят только сотрудники. Для учеников и родителей выберите класс, группу или кружок.",
		"This is for staff only. For students and parents choose a class, group or circle."},
	{"conflict.lead_teacher_only", "Руководить классом, группой или кружком может только педагог.", "Only a teacher can lead a class, group or circle."},
	{"conflict.guardian_of_child", "Здесь учится его ребёнок, поэтому родитель остаётся с ним. Сначала снимите связь с ребёнком.",
		"A child of this parent is here, so the parent stays too. First undo the bond with the child."},
	{"conflict.child_is_student", "Родителя можно связать только с учеником этой организации.", "A parent can only be bound to a student of this organisation."},
	{"conflict.guardian_is_student", "Ученик не может быть родителем другого ученика здесь.", "A student cannot be the parent of another student here."},
	{"conflict.too_many_guardians", "У ученика может быть не больше десяти родителей и представителей. Сначала снимите лишнюю связь.",
		"A student can have ten parents and representatives at most. First undo a bond that is not needed."},
	{"conflict.too_many_children", "У родителя может быть не больше двадцати детей в одной организации.",
		"A parent can have twenty children in one organisation at most."},
	/* --- applications, card and administrators of an organisation */
	{"invalid_field.region", "Выберите субъект Российской Федерации из списка.", "Choose a region of the Russian Federation from the list."},
	{"invalid_field.inn", "В ИНН организации 10 цифр; проверьте, нет ли ошибки.", "An organisation's INN has 10 digits; check them for a slip."},
	{"invalid_field.email", "Проверьте адрес электронной почты.", "Check the e-mail address."},
	{"invalid_field.consent", "Без согласия на обработку данных заявку принять нельзя.", "The application cannot be taken without the consent to keep its data."},
	{"invalid_field.order_file", "Приложите приказ как PDF, JPEG или PNG.", "Attach the order as PDF, JPEG or PNG."},
	{"link_unusable.application", "По этой ссылке заявки нет. Проверьте, что ссылка скопирована целиком.",
		"There is no application under this link. Check that the whole link was copied."},
	{"rate_limited.applications", "Сейчас отправлено слишком много заявок. Попробуйте через час: черновик сохранится на этом устройстве.",
		"Too many applications were sent just now. Try in an hour: your draft stays on this device."},
	{"conflict.application_not_returned", "Заявку можно изменить, только когда её вернули на исправление.",
		"An application can be changed only when it was returned for correction."},
	{"conflict.application_decided", "По этой заявке решение уже принято. Обновите список.", "This application has already been decided. Refresh the list."},
	{"conflict.org_draft", "Сначала загрузите локальный акт об использовании платформы (карточка организации, «Документы»): до этого учеников и родителей приглашать нельзя.",
		"First upload the local act on the use of the platform (organisation's card, Documents): until then pupils and parents cannot be invited."},
	{"conflict.document_kind", "Новая версия должна быть документом того же вида.", "A new version must be a document of the same kind."},
	{"conflict.documents_full", "Документов уже слишком много.", "There are too many documents already."},
	{"conflict.not_staff", "Это может быть только сотрудник организации.", "This can only be a member of staff."},
	{"conflict.not_confirmed", "Сначала подтвердите статус этого сотрудника.", "First confirm the status of this member of staff."},
	{"conflict.not_come_in", "Этот сотрудник ещё ни разу не входил. Сначала он должен войти.", "This member of staff has never signed in yet. He has to come in first."},
	{"conflict.is_admin", "Этот человек уже администратор.", "This person is an administrator already."},
	{"conflict.not_coadmin", "Этот человек сейчас не помощник администратора. Обновите список.", "This person is not a deputy now. Refresh the list."},
	{"conflict.handover_open", "Передача прав уже начата. Отмените её, чтобы назвать другого преемника.",
		"A hand-over has already begun. Take it back to name somebody else."},
	{"conflict.no_handover", "Передачи прав сейчас нет: её завершили или отменили. Обновите страницу.",
		"There is no hand-over now: it was finished or taken back. Refresh the page."},
	{"forbidden.handover", "На передачу прав отвечает тот, кому её предложили; отменяет её администратор.",
		"The one to whom the rights were offered answers; the administrator may take the offer back."},
	{"conflict.last_admin", "Это последний администратор. Сначала назначьте другого.", "This is the last administrator. Appoint another one first."},
};

static struct str find(const char *key, bool english)
{
	for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
		if (strcmp(messages[i].key, key) == 0)
			return str_of(english ? messages[i].en : messages[i].ru);
	return (struct str){0};
}

struct str message_text(int code, const char *key, bool english)
{
	struct str text = key ? find(key, english) : (struct str){0};
	if (!text.n && key && strchr(key, ' '))
		return str_of(key);
	if (!text.n)
		text = find(api_error_name(code), english);
	return text.n ? text : find("unavailable", english);
}
